import { roles, type Role } from '@mllab/sdk'
import { Select } from '../../components/Select.tsx'
import { members } from '../../text/en/members.ts'
import { pageText } from '../../text/t.ts'

const t = pageText(members)

/** The three roles with what each may do. */
export function RoleSelect({
  value,
  onChange,
  look = 'field',
  size = 'md',
  label,
}: {
  value: Role
  onChange: (role: Role) => void
  look?: 'field' | 'button'
  size?: 'sm' | 'md'
  label?: string
}) {
  return (
    <Select
      value={value}
      onChange={onChange}
      look={look}
      size={size}
      {...(label === undefined ? {} : { 'aria-label': label })}
      options={roles.map((role) => ({ value: role, label: t(`role.${role}`), hint: t(`role.${role}Help`) }))}
    />
  )
}
