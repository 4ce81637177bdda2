import { useState, type ReactNode } from 'react'
import { t } from '../text/t.ts'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'
import { Field } from './Field.tsx'
import { TextInput } from './Input.tsx'

export interface ConfirmDialogProps {
  open: boolean
  onClose: () => void
  /** Verb and object: “Delete project Wine quality”. */
  title: string
  /** What goes with it, as one list of facts. */
  goesWithIt?: string
  children?: ReactNode
  /** What has to be typed; without it the button is enough. */
  typeName?: string
  action: string
  busyLabel: string
  /** Resolves when it is done; the dialog then closes. What it throws is the caller's to show as `error`. */
  onConfirm: () => unknown
  error?: ReactNode
}

/** For what cannot be undone: says what goes, and asks for the name. */
export function ConfirmDialog({
  open,
  onClose,
  title,
  goesWithIt,
  children,
  typeName,
  action,
  busyLabel,
  onConfirm,
  error,
}: ConfirmDialogProps) {
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const ready = typeName === undefined || typed.trim() === typeName

  async function confirm() {
    if (!ready || busy) return
    setBusy(true)
    try {
      await onConfirm()
      close()
    } catch {
      // Stays open: the caller shows why in `error`.
    } finally {
      setBusy(false)
    }
  }

  function close() {
    setTyped('')
    onClose()
  }

  return (
    <Dialog
      open={open}
      onClose={close}
      title={title}
      {...(goesWithIt === undefined ? {} : { lead: t('confirm.goes', { what: goesWithIt }) })}
      footer={
        <>
          <Button variant="ghost" onClick={close}>
            {t('common.cancel')}
          </Button>
          <Button
            variant="danger"
            busy={busy}
            busyLabel={busyLabel}
            disabledBecause={!ready && `${t('confirm.type')} ${typeName}`}
            onClick={() => void confirm()}
          >
            {action}
          </Button>
        </>
      }
    >
      {children}
      {typeName === undefined ? (
        error
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void confirm()
          }}
        >
          <Field
            label={
              <>
                {t('confirm.type')} <code>{typeName}</code>
              </>
            }
            error={error}
          >
            <TextInput value={typed} onChange={setTyped} autoComplete="off" spellCheck={false} />
          </Field>
        </form>
      )}
    </Dialog>
  )
}
