import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'
import { Field } from './Field.tsx'
import { TextInput } from './Input.tsx'
import { CopyButton } from './Values.tsx'

export interface OnceDialogProps {
  title: ReactNode
  lead: ReactNode
  /** What it is: “Secret”, “Link”. */
  label: string
  value: string
  /** What its only button says. */
  done: string
  onClose: () => void
}

/** What the server tells only once, ready to be copied. */
export function OnceDialog({ title, lead, label, value, done, onClose }: OnceDialogProps) {
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      lead={lead}
      width={560}
      footer={
        <Button variant="primary" onClick={onClose}>
          {done}
        </Button>
      }
    >
      <Field label={label}>
        <TextInput
          mono
          readOnly
          value={value}
          onChange={() => undefined}
          onFocus={(event) => event.target.select()}
          unit={<CopyButton text={value} name={label} size="bare" />}
        />
      </Field>
    </Dialog>
  )
}
