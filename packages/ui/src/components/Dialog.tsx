import { lazy, Suspense, type ReactNode } from 'react'

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

/** A question in the middle of the page. Esc and a press beside it close it; focus goes back where it was. */
export function Dialog(props: DialogProps) {
  return props.open ? (
    <Suspense>
      <DialogFrame kind="dialog" {...props} />
    </Suspense>
  ) : null
}

/** From the right over the full height: forms on narrow screens. Its footer stays in view. */
export function Sheet(props: DialogProps) {
  return props.open ? (
    <Suspense>
      <DialogFrame kind="sheet" {...props} />
    </Suspense>
  ) : null
}
