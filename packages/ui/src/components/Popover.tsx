import { lazy, Suspense, useId, useRef, useState, type ReactElement, type ReactNode, type RefObject } from 'react'

export interface PopoverTriggerProps {
  ref: RefObject<HTMLButtonElement | null>
  id: string
  'aria-haspopup': 'dialog'
  'aria-expanded': boolean
  onClick: () => void
  onPointerEnter: () => void
  onFocus: () => void
}

export interface PopoverProps {
  /** Gets the props of its button. */
  trigger: (props: PopoverTriggerProps) => ReactElement
  /** Name of what opens, for readers of the screen. */
  label: string
  align?: 'start' | 'end'
  width?: number
  /** Content of any kind; a list of commands is a Menu. */
  children: ReactNode | ((close: () => void) => ReactNode)
}

const loadPopup = () => import('./PopoverPopup.tsx')
const PopoverPopup = lazy(() => loadPopup().then((chunk) => ({ default: chunk.PopoverPopup })))

/** A button and a small panel beside it: the activity list, a chooser of columns. Its code is fetched when the pointer comes near. */
export function Popover({ trigger, children, ...place }: PopoverProps) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  const near = () => void loadPopup()
  const close = () => setOpen(false)
  return (
    <>
      {trigger({
        ref: button,
        id,
        'aria-haspopup': 'dialog',
        'aria-expanded': open,
        onClick: () => setOpen(!open),
        onPointerEnter: near,
        onFocus: near,
      })}
      {open ? (
        <Suspense>
          <PopoverPopup anchor={button} onClose={close} {...place}>
            {typeof children === 'function' ? children(close) : children}
          </PopoverPopup>
        </Suspense>
      ) : null}
    </>
  )
}
