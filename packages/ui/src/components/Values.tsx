import { useSyncExternalStore, type ReactNode } from 'react'
import { useCopy } from '../lib/copy.ts'
import { cx } from '../lib/cx.ts'
import { format } from '../lib/format.ts'
import { t } from '../text/t.ts'
import { IconButton } from './Button.tsx'
import { CheckIcon, CopyIcon } from './icons.ts'
import css from './Values.module.css'

/** One clock for all times on the page, so that a thousand rows cost one timer. */
const clock = createClock(10_000)

function createClock(everyMs: number) {
  const listeners = new Set<() => void>()
  let now = Date.now()
  let timer = 0
  return {
    now: () => now,
    subscribe(listener: () => void) {
      listeners.add(listener)
      if (listeners.size === 1) timer = window.setInterval(tick, everyMs)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) window.clearInterval(timer)
      }
    },
  }
  function tick() {
    now = Date.now()
    for (const listener of listeners) listener()
  }
}

/** The time, to ten seconds; fixed by `data-now` on `<html>` where pictures have to be alike. */
export function useNow(): number {
  const now = useSyncExternalStore(clock.subscribe, clock.now)
  const fixed = document.documentElement.dataset['now']
  return fixed === undefined ? now : Number(fixed)
}

/** `3 min ago`, the exact time as its tip. */
export function RelativeTime({ at }: { at: number }) {
  const now = useNow()
  return (
    <time dateTime={new Date(at).toISOString()} data-tip={format.exact(at)}>
      {format.relative(at, now)}
    </time>
  )
}

/** How long something took (`ms`), or has gone on `since`. */
export function Duration({ ms, since }: { ms: number; since?: undefined } | { since: number; ms?: undefined }) {
  const now = useNow()
  const length = ms ?? Math.max(0, now - since)
  return <span className={css.value}>{since === undefined ? format.duration(length) : format.age(length)}</span>
}

/** `1.41 GB`, every byte as its tip. */
export function Bytes({ value }: { value: number }) {
  return (
    <span className={css.value} data-tip={`${format.number(value)} B`}>
      {format.bytes(value)}
    </span>
  )
}

/** Four significant digits, all of them as its tip; 600 for the best of a column. */
export function MetricValue({ value, best = false }: { value: number | null | undefined; best?: boolean }) {
  if (value === null || value === undefined) return <span className={css.none}>{t('common.none')}</span>
  const shown = format.metric(value)
  const full = format.full(value)
  return (
    <span className={cx(css.value, best && css.best)} data-tip={full === shown ? undefined : full}>
      {shown}
    </span>
  )
}

export function CopyButton({
  text,
  name,
  size = 'sm',
  className,
}: {
  text: string | (() => string)
  name?: string
  size?: 'bare' | 'sm'
  className?: string | undefined
}) {
  const [copied, copy] = useCopy()
  const label = copied ? t('common.copied') : name === undefined ? t('common.copy') : t('common.copyValue', { name })
  return (
    <IconButton
      icon={copied ? CheckIcon : CopyIcon}
      label={label}
      size={size}
      className={className}
      onClick={() => copy(typeof text === 'function' ? text() : text)}
    />
  )
}

/** An id: monospace, short, copied whole by a click. */
export function CopyId({ value, short = true, children }: { value: string; short?: boolean; children?: ReactNode }) {
  return (
    <span className={css.id}>
      <code data-tip={short && value.length > 8 ? value : undefined}>
        {children ?? (short ? value.slice(0, 8) : value)}
      </code>
      <CopyButton text={value} name={value} size="bare" />
    </span>
  )
}

/** A path in one line: what is cut is its middle, the name at its end stays. The whole is its tip, and is copied by a click. */
export function PathValue({ path }: { path: string }) {
  const name = path.lastIndexOf('/') + 1
  return (
    <span className={css.path}>
      <code data-tip={path}>
        <span>{path.slice(0, name)}</span>
        <span>{path.slice(name)}</span>
      </code>
      <CopyButton text={path} name={path} size="bare" />
    </span>
  )
}
