import type { ReactNode } from 'react'
import css from './Workloads.module.css'

/** A folded part of a form. */
export function More({
  label,
  hint,
  open,
  children,
}: {
  label: string
  hint?: string
  open?: boolean
  children: ReactNode
}) {
  return (
    <details className={css.more} open={open}>
      <summary>
        {label} {hint === undefined ? null : <span>{hint}</span>}
      </summary>
      <div>{children}</div>
    </details>
  )
}
