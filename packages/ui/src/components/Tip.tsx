import { useEffect, useRef, useState, type ReactNode } from 'react'
import { createPortal } from 'react-dom'
import { cx } from '../lib/cx.ts'
import { placeBeside } from '../lib/place.ts'
import { SeriesMark } from './Marks.tsx'
import css from './Tip.module.css'

interface Shown {
  target: HTMLElement
  text: string
}

const delayMs = 350

/**
 * The one tip of the app: shows the `data-tip` of what the pointer rests on or the keyboard focuses.
 * Mounted once; a table with a thousand exact values costs one attribute each.
 */
export function TipLayer() {
  const [shown, setShown] = useState<Shown | null>(null)
  const bubble = useRef<HTMLDivElement>(null)

  useEffect(() => {
    let timer = 0
    const hide = () => {
      window.clearTimeout(timer)
      setShown(null)
    }
    const show = (event: Event, wait: number) => {
      const target = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-tip]') : null
      window.clearTimeout(timer)
      if (!target) return setShown(null)
      timer = window.setTimeout(() => setShown({ target, text: target.dataset['tip'] ?? '' }), wait)
    }
    const over = (event: PointerEvent) => (event.pointerType === 'touch' ? undefined : show(event, delayMs))
    const focus = (event: FocusEvent) =>
      event.target instanceof Element && event.target.matches(':focus-visible') ? show(event, 0) : undefined
    const key = (event: KeyboardEvent) => (event.key === 'Escape' ? hide() : undefined)
    const listeners = [
      ['pointerover', over],
      ['focusin', focus],
      ['focusout', hide],
      ['pointerdown', hide],
      ['scroll', hide],
      ['keydown', key],
    ] as [string, EventListener][] // prettier-ignore -- each listener takes its own kind of event
    for (const [type, listener] of listeners)
      document.addEventListener(type, listener, { capture: true, passive: true })
    return () => {
      hide()
      for (const [type, listener] of listeners) document.removeEventListener(type, listener, { capture: true })
    }
  }, [])

  useEffect(() => {
    if (!shown || !bubble.current) return
    const { left, top } = placeBeside(
      shown.target.getBoundingClientRect(),
      bubble.current.getBoundingClientRect(),
      viewport(),
    )
    bubble.current.style.translate = `${left}px ${top}px`
    bubble.current.dataset['placed'] = ''
    if (shown.target.getAttribute('aria-label') === shown.text) return
    shown.target.setAttribute('aria-describedby', 'tip')
    return () => shown.target.removeAttribute('aria-describedby')
  }, [shown])

  if (!shown) return null
  // Inside an open dialog, or the dialog would hide it.
  const home = shown.target.closest('[role="dialog"]') ?? document.body
  return createPortal(
    <div key={shown.text} id="tip" role="tooltip" ref={bubble} className={css.tip}>
      {shown.text}
    </div>,
    home,
  )
}

const viewport = () => ({ width: window.innerWidth, height: window.innerHeight })

export interface ChartTipRow {
  name: string
  value: string
  color: string
}

/** The tip of a chart: what is under the crosshair, in the order of the lines. */
export function ChartTip({
  title,
  rows,
  className,
}: {
  title: ReactNode
  rows: readonly ChartTipRow[]
  className?: string | undefined
}) {
  return (
    <div className={cx(css.chartTip, className)}>
      <div className={css.chartTipTitle}>{title}</div>
      {rows.map((row) => (
        <div key={row.name} className={css.chartTipRow}>
          <SeriesMark color={row.color} />
          <span className={css.chartTipName}>{row.name}</span>
          <span className={css.chartTipValue}>{row.value}</span>
        </div>
      ))}
    </div>
  )
}
