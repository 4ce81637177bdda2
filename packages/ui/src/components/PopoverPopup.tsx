import { Popover as Base } from '@base-ui/react/popover'
import type { ReactNode, RefObject } from 'react'
import { isOwnPress } from './own-press.ts'
import css from './Menu.module.css'

interface PopoverPopupProps {
  anchor: RefObject<HTMLElement | null>
  onClose: () => void
  label: string
  align?: 'start' | 'end'
  width?: number
  children: ReactNode
}

export function PopoverPopup({ anchor, onClose, label, align = 'end', width, children }: PopoverPopupProps) {
  return (
    <Base.Root open onOpenChange={(open, details) => (open || isOwnPress(details, anchor) ? undefined : onClose())}>
      <Base.Portal>
        <Base.Positioner className={css.positioner} anchor={anchor} align={align} sideOffset={4} collisionPadding={8}>
          <Base.Popup
            className={css.panel}
            style={width === undefined ? undefined : { width }}
            finalFocus={anchor}
            aria-label={label}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
