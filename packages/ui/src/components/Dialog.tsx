import { lazy, Suspense, type ReactNode } from 'react'
import css from './Dialog.module.css'

export interface DialogProps {
  open: boolean
  onClose: () => void
  title: ReactNode
  /** One or two sentences below the title. */
  lead?: ReactNode
  children?: ReactNode
  /** Its buttons, at the right: cancel first, the action last. */
  footer?: ReactNode
  width?: number
}

const DialogFrame = lazy(() => import('./DialogFrame.tsx').then((chunk) => ({ default: chunk.DialogFrame })))

/** Nothing to see; whoever looks at the page knows that it is not whole. */
const waiting = <span className={css.waiting} />

/** A question in the middle of the page. Esc and a press beside it close it; focus goes back where it was. */
export function Dialog(props: DialogProps) {
  return props.open ? (
    <Suspense fallback={waiting}>
      <DialogFrame kind="dialog" {...props} />
    </Suspense>
  ) : null
}

/** From the right over the full height: forms on narrow screens. Its footer stays in view. */
export function Sheet(props: DialogProps) {
  return props.open ? (
    <Suspense fallback={waiting}>
      <DialogFrame kind="sheet" {...props} />
    </Suspense>
  ) : null
}
