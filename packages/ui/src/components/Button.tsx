import type { ComponentPropsWithRef, MouseEvent, ReactNode } from 'react'
import { cx } from '../lib/cx.ts'
import type { SearchParams } from '../lib/search.ts'
import css from './Button.module.css'
import type { Icon } from './icons.ts'
import { Keycap } from './Marks.tsx'
import { Link } from './Link.tsx'
import { Ring } from './Status.tsx'

export interface ButtonLook {
  /** `primary` once a view; `danger` is red on the page's ground. */
  variant?: 'primary' | 'outline' | 'ghost' | 'danger'
  /** `sm` 28 in tables and panels, `md` 32, `touch` 44. On phones `md` becomes 44 where a page says so. */
  size?: 'sm' | 'md' | 'touch'
  icon?: Icon | undefined
  iconAfter?: Icon | undefined
  /** Its shortcut, shown as a keycap: `C`. */
  keys?: string | undefined
  /** The form or menu it opens is open. */
  pressed?: boolean
  wide?: boolean
}

export interface ButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'disabled'>, ButtonLook {
  /** The action runs: shows `busyLabel`, keeps the width, takes no clicks. */
  busy?: boolean
  /** What it does while busy: “Deploying”. Both labels take part in the width. */
  busyLabel?: string
  /** Why it cannot be used now; said when hovered or focused. */
  disabledBecause?: string | false | undefined
}

export function Button({
  busy = false,
  busyLabel,
  disabledBecause,
  onClick,
  children,
  className,
  variant,
  size,
  icon,
  iconAfter,
  keys,
  pressed,
  wide,
  type = 'button',
  ...rest
}: ButtonProps) {
  // prettier-ignore
  const off = Boolean(disabledBecause)
  const click = (event: MouseEvent<HTMLButtonElement>) => (off || busy ? event.preventDefault() : onClick?.(event))
  return (
    <button
      type={type}
      className={cx(look({ variant, size, pressed, wide }), className)}
      aria-disabled={off || busy || undefined}
      aria-busy={busy || undefined}
      data-off={off || undefined}
      data-tip={disabledBecause || undefined}
      onClick={click}
      {...rest}
    >
      <span className={css.face} data-hidden={(busy && busyLabel !== undefined) || undefined}>
        {busy && busyLabel === undefined ? <Ring size={16} /> : <Face icon={icon} />}
        {children}
        {iconAfter ? <Face icon={iconAfter} after /> : null}
        {keys === undefined ? null : <Keycap keys={keys} />}
      </span>
      {busyLabel === undefined ? null : (
        <span className={css.face} data-hidden={!busy || undefined}>
          <Ring size={16} />
          {busyLabel}
        </span>
      )}
    </button>
  )
}

export interface ButtonLinkProps extends ButtonLook {
  to: string
  search?: SearchParams
  hash?: string
  children: ReactNode
  className?: string
}

/** A button that goes somewhere: a link, so that it can be opened in a new tab. */
export function ButtonLink({
  to,
  search,
  hash,
  children,
  className,
  icon,
  iconAfter,
  keys,
  variant,
  size,
  pressed,
  wide,
}: ButtonLinkProps) {
  return (
    <Link to={to} search={search} hash={hash} className={cx(look({ variant, size, pressed, wide }), className)}>
      <span className={css.face}>
        <Face icon={icon} />
        {children}
        {iconAfter ? <Face icon={iconAfter} after /> : null}
        {keys === undefined ? null : <Keycap keys={keys} />}
      </span>
    </Link>
  )
}

export interface IconButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'children'> {
  icon: Icon
  /** What it does, as its name and its tip. Only copy, close, download, more and help may be without words. */
  label: string
  /** `bare` 24 beside a value, `sm` 28, `md` 32, `touch` 44. */
  size?: 'bare' | 'sm' | 'md' | 'touch'
  outline?: boolean
}

export function IconButton({
  icon: IconShape,
  label,
  size = 'sm',
  outline = false,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      className={cx(css.iconButton, css[size], outline && css.outlined, className)}
      aria-label={label}
      data-tip={label}
      {...rest}
    >
      <IconShape aria-hidden />
    </button>
  )
}

function Face({ icon: IconShape, after = false }: { icon: Icon | undefined; after?: boolean }) {
  return IconShape ? <IconShape aria-hidden className={after ? css.after : css.icon} /> : null
}

type Looked = { [K in 'variant' | 'size' | 'pressed' | 'wide']?: ButtonLook[K] | undefined }

function look({ variant = 'outline', size = 'md', pressed = false, wide = false }: Looked) {
  return cx(css.button, css[variant], css[size], pressed && css.pressed, wide && css.wide)
}
