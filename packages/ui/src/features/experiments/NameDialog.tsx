import { useId, useState } from 'react'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { TextInput } from '../../components/Input.tsx'
import { fieldError, problemOf } from '../../lib/problem.ts'
import { t } from '../../text/t.ts'

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
  const id = useId()
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      footer={
        <>
          <Button variant="ghost" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" form={id} variant="primary" busy={busy} busyLabel={busyLabel}>
            {action}
          </Button>
        </>
      }
    >
      <form
        id={id}
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '' && !busy) onSubmit(name.trim())
        }}
      >
        <Field
          label={label}
          help={help}
          error={error ? (fieldError(error, 'name') ?? problemOf(error).detail) : undefined}
        >
          <TextInput value={name} onChange={setName} required autoComplete="off" spellCheck={false} maxLength={100} />
        </Field>
      </form>
    </Dialog>
  )
}
