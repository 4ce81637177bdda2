import { createContext, use, useId, type ReactNode } from 'react'
import { cx } from '../lib/cx.ts'
import css from './Field.module.css'
import { CheckIcon } from './icons.ts'
import { StatusMark } from './Status.tsx'

interface FieldWiring {
  id: string
  describedBy: string | undefined
  invalid: boolean
}

const Wiring = createContext<FieldWiring | null>(null)

export interface FieldProps {
  label: ReactNode
  /** One line below: what it means, what is allowed. */
  help?: ReactNode
  /** What is wrong, in place of the help; from the form's own check or the server's `fields`. */
  error?: ReactNode
  /** What is right, in place of the help: “16 characters, in no known leak”. */
  good?: ReactNode
  /** At the right of the label: a link, “optional”. */
  aside?: ReactNode
  /** Several inputs under one label: choices, cards. */
  group?: boolean
  children: ReactNode
  className?: string
}

/** A label above, one input, and help or the error below. The input inside finds its id and description by itself. */
export function Field({ label, help, error, good, aside, group = false, children, className }: FieldProps) {
  const id = useId()
  const below = error ?? good ?? help
  const wiring = { id, describedBy: below ? `${id}-below` : undefined, invalid: Boolean(error) }
  const Label = group ? 'span' : 'label'
  const groupProps = group
    ? { role: 'group', 'aria-labelledby': `${id}-label`, 'aria-describedby': wiring.describedBy }
    : {}
  return (
    <div className={cx(css.field, className)} {...groupProps}>
      <div className={css.labelLine}>
        <Label id={`${id}-label`} className={css.label} {...(group ? {} : { htmlFor: id })}>
          {label}
        </Label>
        {aside === undefined ? null : <span className={css.aside}>{aside}</span>}
      </div>
      <Wiring value={wiring}>{children}</Wiring>
      {below ? (
        <div
          id={`${id}-below`}
          className={cx(css.below, error ? css.error : good ? css.good : undefined)}
          aria-live={error || good ? 'polite' : undefined}
        >
          {error ? <StatusMark status="failed" size={14} label={false} /> : good ? <CheckIcon aria-hidden /> : null}
          <span>{below}</span>
        </div>
      ) : null}
    </div>
  )
}

/** Attributes that tie an input to the field around it. */
export function useFieldProps(): { id?: string; 'aria-describedby'?: string; 'aria-invalid'?: true } {
  const wiring = use(Wiring)
  if (!wiring) return {}
  return {
    id: wiring.id,
    ...(wiring.describedBy === undefined ? {} : { 'aria-describedby': wiring.describedBy }),
    ...(wiring.invalid ? { 'aria-invalid': true } : {}),
  }
}

/** A form: one column, its parts 20 apart. */
export function FormStack({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cx(css.stack, className)}>{children}</div>
}

/** Short fields side by side; one column on phones. */
export function FieldRow({ children }: { children: ReactNode }) {
  return <div className={css.row}>{children}</div>
}
