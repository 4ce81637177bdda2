import type { ReactNode } from 'react'
import { cx } from '../lib/cx.ts'
import { initials } from '../lib/initials.ts'
import { t } from '../text/t.ts'
import { ArrowUpIcon, CloseIcon } from './icons.ts'
import css from './Marks.module.css'

export interface ChipProps {
  /** The faint first word. */
  field?: string | undefined
  children: ReactNode
  /** Name of the chip for its remove button. */
  name?: string
  onRemove?: (() => void) | undefined
  onEdit?: (() => void) | undefined
  /** Colour of the object it stands for. */
  color?: string | undefined
}

/** A filter, a condition: 24 high, removable. */
export function Chip({ field, children, name = '', onRemove, onEdit, color }: ChipProps) {
  const words = (
    <>
      {color === undefined ? null : <SeriesMark color={color} />}
      {field ? <span className={css.chipField}>{field}</span> : null}
      <span className={css.chipValue}>{children}</span>
    </>
  )
  return (
    <span className={css.chip} data-removable={onRemove ? '' : undefined}>
      {onEdit ? (
        <button type="button" className={css.chipWords} onClick={onEdit}>
          {words}
        </button>
      ) : (
        <span className={css.chipWords}>{words}</span>
      )}
      {onRemove ? (
        <button type="button" className={css.chipRemove} onClick={onRemove} aria-label={t('common.remove', { name })}>
          <CloseIcon aria-hidden />
        </button>
      ) : null}
    </span>
  )
}

/** A version or an alias, monospace, 20 high. `accent` for the alias that counts. */
export function Tag({ children, accent = false }: { children: ReactNode; accent?: boolean }) {
  return <span className={cx(css.tag, accent && css.tagAccent)}>{children}</span>
}

/** A count beside a heading or tab, 16 high. */
export function Badge({ children }: { children: ReactNode }) {
  return <span className={css.badge}>{children}</span>
}

const symbols: Record<string, string> = { Enter: '↵', ArrowUp: '↑', ArrowDown: '↓', ArrowRight: '→', Escape: 'Esc' }

/** Keys pressed together, as one cap: `Ctrl K`. */
export function Keycap({ keys }: { keys: string }) {
  const words = keys.split(' ').map((key) => symbols[key] ?? key)
  return <kbd className={css.keycap}>{words.join(' ')}</kbd>
}

/** Somebody: initials on a neutral ground, since colour is for series. With `name` written beside it unless `bare`. */
export function Person({
  name,
  size = 20,
  bare = false,
  first = false,
}: {
  name: string
  size?: 20 | 24
  bare?: boolean
  first?: boolean
}) {
  // The letters are drawn by the style sheet: as text they would be part of every name around them.
  const dot = (
    <span
      className={cx(css.person, size === 24 && css.person24)}
      data-initials={initials(name)}
      {...(bare ? { role: 'img', 'aria-label': name, 'data-tip': name } : {})}
    />
  )
  if (bare) return dot
  return (
    <span className={css.personLine}>
      {dot}
      <span className={css.personName}>{first ? name.split(' ')[0] : name}</span>
    </span>
  )
}

/** Several people side by side, at most `most` of them. */
export function People({ names, most = 5 }: { names: readonly string[]; most?: number }) {
  const rest = names.length - most
  return (
    <span className={css.people}>
      {names.slice(0, most).map((name) => (
        <Person key={name} name={name} size={24} bare />
      ))}
      {rest > 0 ? <Badge>+{rest}</Badge> : null}
    </span>
  )
}

/** The square of a series colour in tables, chips and legends. */
export function SeriesMark({ color, line = false }: { color: string; line?: boolean }) {
  return (
    <svg className={css.series} width={line ? 12 : 8} height={8} viewBox={line ? '0 0 12 8' : '0 0 8 8'} aria-hidden>
      {line ? <path d="M0 4h12" stroke={color} strokeWidth={2} /> : <rect width={8} height={8} rx={2} fill={color} />}
    </svg>
  )
}

/** “3 new runs”: takes the reader to what arrived, never moves what is read. */
export function NewPill({ children, onClick }: { children: ReactNode; onClick: () => void }) {
  return (
    <button type="button" className={css.newPill} onClick={onClick}>
      <ArrowUpIcon aria-hidden />
      <span aria-live="polite">{children}</span>
    </button>
  )
}
