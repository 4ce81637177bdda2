import { Menu as Base } from '@base-ui/react/menu'
import { Link as RouterLink } from '@tanstack/react-router'
import type { RefObject } from 'react'
import { cx } from '../lib/cx.ts'
import { CheckIcon } from './icons.ts'
import { Keycap } from './Marks.tsx'
import type { MenuAction, MenuItem } from './Menu.tsx'
import { isOwnPress } from './own-press.ts'
import css from './Menu.module.css'

export interface MenuPopupProps {
  items: readonly MenuItem[]
  anchor: RefObject<HTMLElement | null>
  onClose: () => void
  align?: 'start' | 'end'
  side?: 'bottom' | 'top'
  width?: number
  label?: string
  labelledBy?: string
}

export function MenuPopup({
  items,
  anchor,
  onClose,
  align = 'end',
  side = 'bottom',
  width,
  label,
  labelledBy,
}: MenuPopupProps) {
  return (
    <Base.Root open onOpenChange={(open, details) => (open || isOwnPress(details, anchor) ? undefined : onClose())}>
      <Base.Portal>
        <Base.Positioner
          className={css.positioner}
          anchor={anchor}
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
        >
          <Base.Popup
            className={css.popup}
            style={width === undefined ? undefined : { width }}
            finalFocus={anchor}
            aria-label={label}
            aria-labelledby={labelledBy}
          >
            {items.map((item, index) => (
              // Menus are rebuilt as a whole; their items have no other identity.
              <Row key={index} item={item} onClose={onClose} />
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

function Row({ item, onClose }: { item: MenuItem; onClose: () => void }) {
  if (item === 'line') return <Base.Separator className={css.line} />
  if ('heading' in item) return <div className={css.heading} role="presentation">{item.heading}</div> // prettier-ignore
  const className = cx(css.item, item.danger && css.danger)
  const face = <Face item={item} />
  if (item.checked !== undefined) {
    return (
      <Base.CheckboxItem
        className={className}
        checked={item.checked}
        closeOnClick={false}
        onCheckedChange={() => item.onSelect?.()}
      >
        {face}
      </Base.CheckboxItem>
    )
  }
  if (item.to !== undefined) {
    return (
      <Base.LinkItem
        className={className}
        render={<RouterLink to={item.to} />}
        onClick={onClose}
        aria-current={item.current || undefined}
      >
        {face}
      </Base.LinkItem>
    )
  }
  if (item.href !== undefined) {
    return (
      <Base.LinkItem className={className} href={item.href} target="_blank" rel="noreferrer" onClick={onClose}>
        {face}
      </Base.LinkItem>
    )
  }
  return (
    <Base.Item
      className={className}
      disabled={Boolean(item.disabledBecause)}
      onClick={() => item.onSelect?.()}
      aria-current={item.current || undefined}
    >
      {face}
    </Base.Item>
  )
}

function Face({ item }: { item: MenuAction }) {
  const ticked = item.checked ?? item.current
  return (
    <>
      {item.leading ?? (item.icon ? <item.icon aria-hidden className={css.icon} /> : null)}
      <span className={css.label}>
        {item.label}
        {item.disabledBecause ? <span className={css.why}>{item.disabledBecause}</span> : null}
      </span>
      {item.hint === undefined ? null : <span className={css.hint}>{item.hint}</span>}
      {item.keys === undefined ? null : <Keycap keys={item.keys} />}
      {ticked === undefined ? null : <CheckIcon aria-hidden className={css.tick} data-on={ticked || undefined} />}
    </>
  )
}
