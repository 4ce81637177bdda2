import { useState } from 'react'
import type { User } from '@mllab/sdk'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { PasswordInput } from '../../components/Input.tsx'
import { fieldError, problemOf } from '../../lib/problem.ts'
import { admin } from '../../text/en/admin.ts'
import { pageText } from '../../text/t.ts'
import { useUserChange } from './use-user-change.ts'

const t = pageText(admin)

export function PasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const [password, setPassword] = useState('')
  const change = useUserChange()
  const submit = () => {
    if (password !== '') change.mutate({ id: user.id, password }, { onSuccess: onClose })
  }
  return (
    <FormDialog
      onClose={onClose}
      title={t('users.passwordFor', { name: user.name })}
      lead={t('users.passwordLead')}
      action={t('users.setPassword')}
      busy={change.isPending}
      busyLabel={t('users.settingPassword')}
      onSubmit={submit}
    >
      <Field
        label={t('users.password')}
        help={t('setup.passwordHelp')}
        error={change.error ? (fieldError(change.error, 'password') ?? problemOf(change.error).detail) : undefined}
      >
        <PasswordInput value={password} onChange={setPassword} autoComplete="new-password" required />
      </Field>
    </FormDialog>
  )
}
