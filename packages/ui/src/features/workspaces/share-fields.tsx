import type { Workspace } from '@mllab/sdk'
import { Field } from '../../components/Field.tsx'
import { Select } from '../../components/Select.tsx'
import { words } from './page-words.ts'

const WHOLE = '*'

/** What is shared: the whole workspace, or one named port of it. Undefined is the whole. */
export function PortField({
  workspace,
  value,
  onChange,
}: {
  workspace: Workspace
  value: string | undefined
  onChange: (port: string | undefined) => void
}) {
  if (workspace.ports.length === 0) return null
  return (
    <Field label={words('sharing.what')}>
      <Select
        value={value ?? WHOLE}
        onChange={(port) => onChange(port === WHOLE ? undefined : port)}
        options={[
          { value: WHOLE, label: words('sharing.whole') },
          ...workspace.ports.map(({ name, port }) => ({
            value: name,
            label: words('sharing.onlyPort', { name }),
            hint: String(port),
          })),
        ]}
      />
    </Field>
  )
}

const FOR_EVER = '0'

/** For how long, in hours; undefined is until it is revoked, where that is offered. */
export function HoursField({
  hours,
  value,
  onChange,
  forEver = false,
}: {
  hours: readonly number[]
  value: number | undefined
  onChange: (hours: number | undefined) => void
  forEver?: boolean
}) {
  return (
    <Field label={words('sharing.howLong')}>
      <Select
        value={String(value ?? FOR_EVER)}
        onChange={(chosen) => onChange(chosen === FOR_EVER ? undefined : Number(chosen))}
        options={[
          ...hours.map((one) => ({ value: String(one), label: spanOf(one) })),
          ...(forEver ? [{ value: FOR_EVER, label: words('sharing.forEver') }] : []),
        ]}
      />
    </Field>
  )
}

const spanOf = (hours: number) =>
  hours >= 48 ? words('sharing.days', { n: hours / 24 }) : words('sharing.hours', { n: hours })
