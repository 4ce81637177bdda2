import { lazy, Suspense, useId, useRef, useState, type ReactElement, type ReactNode, type RefObject } from 'react'
import type { Icon } from './icons.ts'

export interface MenuAction {
  label: string
  icon?: Icon
  hint?: ReactNode
  keys?: string
  onSelect?: () => void
  /** An address inside the app, instead of `onSelect`. */
  to?: string
  /** An address outside of it. */
  href?: string
  danger?: boolean
  /** Why it cannot be used; shown as its second line. */
  disabledBecause?: string | false | undefined
  /** A box to tick: the menu stays open. */
  checked?: boolean
  /** One of several in a group: the menu closes. */
  current?: boolean
  leading?: ReactNode
}

export type MenuItem = MenuAction | 'line' | { heading: string }

/** What the trigger has to carry: spread it onto a Button. */
export interface TriggerProps {
  ref: RefObject<HTMLButtonElement | null>
  id: string
  'aria-haspopup': 'menu'
  'aria-expanded': boolean
  onClick: () => void
  onPointerEnter: () => void
  onFocus: () => void
}

export interface MenuProps {
  items: readonly MenuItem[] | (() => readonly MenuItem[])
  /** Gets the props of its button. */
  trigger: (props: TriggerProps) => ReactElement
  align?: 'start' | 'end'
  side?: 'bottom' | 'top'
  width?: number
  label?: string
}

const loadPopup = () => import('./MenuPopup.tsx')
const MenuPopup = lazy(() => loadPopup().then((chunk) => ({ default: chunk.MenuPopup })))

/** A button and its menu. The menu's code is fetched when the pointer or the focus comes near, so the shell stays small. */
export function Menu({ items, trigger, label, ...place }: MenuProps) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  const near = () => void loadPopup()
  return (
    <>
      {trigger({
        ref: button,
        id,
        'aria-haspopup': 'menu',
        'aria-expanded': open,
        onClick: () => setOpen(!open),
        onPointerEnter: near,
        onFocus: near,
      })}
      {open ? (
        <Suspense>
          <MenuPopup
            items={typeof items === 'function' ? items() : items}
            anchor={button}
            onClose={() => setOpen(false)}
            {...(label === undefined ? { labelledBy: id } : { label })}
            {...place}
          />
        </Suspense>
      ) : null}
    </>
  )
}
