import { useEffect, useState, type CSSProperties, type ReactNode } from 'react'
import { cx } from '../lib/cx.ts'
import { t } from '../text/t.ts'
import css from './Gauges.module.css'
import { SeriesMark } from './Marks.tsx'

export interface MeterPart {
  name: string
  value: number
  /** Absent is the neutral tone. `add` is what a form would add. */
  color?: string
  tone?: 'add' | 'warn' | 'full'
}

export interface MeterProps {
  /** What is measured: “Storage”. */
  label: string
  /** The number with its whole: “184 of 250 GB”. */
  value: string
  total: number
  parts: readonly MeterPart[]
  /** At the right: the forecast, or the value when `valueRight`. */
  aside?: ReactNode
  valueRight?: boolean
  /** The words above are not drawn: in table cells. */
  bare?: boolean
  legend?: boolean
}

/** How much of a whole is used, and by what. 8 high with words, 6 in cells. */
export function Meter({
  label,
  value,
  total,
  parts,
  aside,
  valueRight = false,
  bare = false,
  legend = false,
}: MeterProps) {
  const bar = (
    <div className={cx(css.track, bare && css.thin)} role="img" aria-label={t('meter.label', { name: label, value })}>
      {parts.map((part) => (
        <div
          key={part.name}
          className={css.part}
          data-tone={part.tone}
          style={share(part.value / (total || 1), part.color)}
        />
      ))}
    </div>
  )
  if (bare) return bar
  return (
    <div className={css.meter}>
      <div className={css.words} aria-hidden>
        <span className={css.label}>{label}</span>
        {valueRight ? null : <span>{value}</span>}
        <span className={css.aside}>{valueRight ? value : aside}</span>
      </div>
      {bar}
      {legend ? (
        <ul className={css.legend}>
          {parts.map((part) => (
            <li key={part.name}>
              <SeriesMark color={part.color ?? 'var(--text-2)'} />
              {part.name}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  )
}

// A custom property is unknown to the type.
const share = (value: number, color?: string) =>
  ({
    '--share': `${Math.max(0, Math.min(1, value)) * 100}%`,
    ...(color === undefined ? {} : { background: color }),
  }) as CSSProperties

/** Work that goes on: done of total from 0 to 1, or null while the total is unknown. Words belong beside it. */
export function Progress({ value, label, thick = false }: { value: number | null; label: string; thick?: boolean }) {
  const known = value === null ? {} : { 'aria-valuenow': Math.round(value * 100) }
  return (
    <div
      className={cx(css.track, css.progress, !thick && css.thin)}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...known}
    >
      <div className={cx(css.part, value === null && css.unknown)} data-tone="add" style={share(value ?? 0.3)} />
    </div>
  )
}

/** A grey block where a thing will be; sizes in px or CSS. Shown after 150 ms. */
export function Skeleton({
  width = '100%',
  height = 12,
  round = false,
}: {
  width?: number | string
  height?: number
  round?: boolean
}) {
  return <span className={cx(css.skeleton, round && css.round)} style={{ width, height }} aria-hidden />
}

/** True once something took longer than `ms`: what is quick shows no skeleton at all. */
export function useLater(waiting: boolean, ms = 150): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    if (!waiting) return
    const timer = window.setTimeout(() => setLate(true), ms)
    return () => {
      window.clearTimeout(timer)
      setLate(false)
    }
  }, [waiting, ms])
  return waiting && late
}
