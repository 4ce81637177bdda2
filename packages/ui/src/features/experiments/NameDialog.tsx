import { useState } from 'react'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { TextInput } from '../../components/Input.tsx'
import { fieldError, problemOf } from '../../lib/problem.ts'

/** Asks for a name: of a new object, or another one for it. */
export function NameDialog({
  title,
  label,
  help,
  action,
  busyLabel,
  initial = '',
  busy,
  error,
  onSubmit,
  onClose,
}: {
  title: string
  label: string
  help?: string
  action: string
  busyLabel: string
  initial?: string
  busy: boolean
  error: unknown
  onSubmit: (name: string) => void
  onClose: () => void
}) {
  const [name, setName] = useState(initial)
  return (
    <FormDialog
      onClose={onClose}
      title={title}
      action={action}
      busy={busy}
      busyLabel={busyLabel}
      onSubmit={() => {
        if (name.trim() !== '') onSubmit(name.trim())
      }}
    >
      <Field
        label={label}
        help={help}
        error={error ? (fieldError(error, 'name') ?? problemOf(error).detail) : undefined}
      >
        <TextInput value={name} onChange={setName} required autoComplete="off" spellCheck={false} maxLength={100} />
      </Field>
    </FormDialog>
  )
}
