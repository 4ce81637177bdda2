import type { CSSProperties } from 'react'
import { cx } from '../lib/cx.ts'
import { isOrdinary, type Status, toneOf } from '../lib/status.ts'
import { t } from '../text/t.ts'
import css from './Status.module.css'

export const statusWord = (status: Status) => t(`status.${status}`)

/** The shape of a status: 16, 14 in text, 12 in the rail. Without `label` it is decoration beside its word. */
export function StatusMark({
  status,
  size = 16,
  label,
}: {
  status: Status
  size?: 12 | 14 | 16
  label?: string | false
}) {
  const name = label === false ? undefined : (label ?? statusWord(status))
  return (
    <svg
      className={cx(css.mark, css[toneOf(status)])}
      viewBox="0 0 16 16"
      width={size}
      height={size}
      data-status={status}
      {...(name === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': name })}
    >
      {shapes[status]}
    </svg>
  )
}

/** Mark and word on the status's ground: beside the title of an object. 24 high. */
export function StatusPill({ status, word }: { status: Status; word?: string }) {
  return (
    <span className={cx(css.pill, css[toneOf(status)])}>
      <StatusMark status={status} size={14} label={false} />
      {word ?? statusWord(status)}
    </span>
  )
}

/** A word in the colour of its status, for rows: the reason of a failure, “Starting, image 66 %”. */
export function StatusText({ status, children }: { status: Status; children?: string }) {
  return <span className={cx(css.text, css[toneOf(status)])}>{children ?? statusWord(status)}</span>
}

/** The mark of a row, and the word after it unless the status is ordinary. */
export function StatusOfRow({ status }: { status: Status }) {
  if (isOrdinary(status)) return null
  return <span className={cx(css.ofRow, css[toneOf(status)])}>{statusWord(status)}</span>
}

/** Turns while something goes on; `share` (0 to 1) makes it a progress ring. */
export function Ring({ size = 16, share }: { size?: number; share?: number | undefined }) {
  const length = { '--share': share ?? 0.28 } as CSSProperties // a custom property is unknown to the type
  return (
    <svg
      className={cx(css.ring, share === undefined && css.turning)}
      viewBox="0 0 16 16"
      width={size}
      height={size}
      style={length}
      aria-hidden
    >
      <circle cx="8" cy="8" r="6.25" pathLength="1" className={css.track} />
      <circle cx="8" cy="8" r="6.25" pathLength="1" className={css.arc} />
    </svg>
  )
}

const ring = <circle cx="8" cy="8" r="6.25" className={css.line} />
const dotted = <circle cx="8" cy="8" r="6.25" className={css.line} pathLength="24" strokeDasharray="1.3 1.7" />

const shapes: Record<Status, React.ReactNode> = {
  starting: (
    <g className={css.turning}>
      <circle cx="8" cy="8" r="6.25" className={cx(css.line, css.faint)} />
      <circle cx="8" cy="8" r="6.25" pathLength="1" className={css.line} strokeDasharray="0.28 1" />
    </g>
  ),
  running: (
    <>
      <circle cx="8" cy="8" r="6.75" className={cx(css.line, css.faint)} strokeWidth="1" />
      <circle cx="8" cy="8" r="3.75" className={css.fill} />
    </>
  ),
  unhealthy: (
    <>
      <path d="M7.1 2.2a1 1 0 0 1 1.8 0l5.6 10.3a1 1 0 0 1-.9 1.5H2.4a1 1 0 0 1-.9-1.5z" className={css.fill} />
      <path d="M8 6v3.6M8 11.8v.1" className={css.cut} />
    </>
  ),
  stopping: (
    <>
      <circle cx="8" cy="8" r="6.25" className={css.line} pathLength="24" strokeDasharray="10 2 1.4 2 1.4 2 1.4 2" />
      <circle cx="8" cy="8" r="2.25" className={css.fill} />
    </>
  ),
  stopped: <rect x="2.75" y="2.75" width="10.5" height="10.5" rx="2" className={css.line} />,
  failed: (
    <>
      <path d="M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3z" className={css.fill} strokeLinejoin="round" />
      <path d="m5.9 5.9 4.2 4.2m0-4.2-4.2 4.2" className={css.cut} />
    </>
  ),
  queued: dotted,
  finished: (
    <>
      {ring}
      <path d="m5.4 8.2 1.8 1.8 3.4-3.7" className={css.line} />
    </>
  ),
  killed: (
    <>
      {ring}
      <path d="m3.6 12.4 8.8-8.8" className={css.line} />
    </>
  ),
}
