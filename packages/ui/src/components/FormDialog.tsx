import { useId, type ReactNode } from 'react'
import { problemOf } from '../lib/problem.ts'
import { t } from '../text/t.ts'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'
import { FormStack } from './Field.tsx'
import { ProblemNotice } from './Notice.tsx'

export interface FormDialogProps {
  onClose: () => void
  title: ReactNode
  lead?: ReactNode
  /** What the button that sends it says. */
  action: string
  busy?: boolean
  busyLabel?: string
  /** Why it cannot be sent yet; shown at the button, which then does nothing. */
  blocked?: string | false | undefined
  /** Sends it. Not called while it is being sent, nor while it is blocked. */
  onSubmit: () => void
  /** What went wrong and belongs to none of the fields: `otherError` of what was thrown. */
  problem?: unknown
  /** A further button, before the one that cancels. */
  aside?: ReactNode
  width?: number
  children: ReactNode
}

/** A few fields and one button that sends them; Enter in a field sends them too. */
export function FormDialog({
  action,
  busy = false,
  busyLabel,
  blocked = false,
  onSubmit,
  problem,
  aside,
  children,
  ...dialog
}: FormDialogProps) {
  const form = useId()
  return (
    <Dialog
      open
      {...dialog}
      footer={
        <>
          {aside}
          <Button variant="ghost" onClick={dialog.onClose}>
            {t('common.cancel')}
          </Button>
          <Button
            type="submit"
            form={form}
            variant="primary"
            busy={busy}
            disabledBecause={blocked}
            {...(busyLabel === undefined ? {} : { busyLabel })}
          >
            {action}
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy && !blocked) onSubmit()
        }}
      >
        <FormStack>
          {children}
          {problem ? <ProblemNotice problem={problemOf(problem)} /> : null}
        </FormStack>
      </form>
    </Dialog>
  )
}
