import type { Workspace } from '@mllab/sdk'
import { format } from '../../lib/format.ts'
import { words } from './page-words.ts'

/** Something that happens to a workspace if nobody uses it. */
export interface LifeLine {
  name: string
  text: string
  /** Epoch ms, for its tip. */
  at: number
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** What will happen and when, the next first. `now` is epoch milliseconds. */
export function lifeLines(life: Workspace['life'], now: number): LifeLine[] {
  const line = (
    at: string | null,
    name: string,
    text: (when: string) => string,
  ): LifeLine[] => (at === null ? [] : [{ name, text: text(whenText(Date.parse(at), now)), at: Date.parse(at) }]) // prettier-ignore
  const idle = (ms: number) => format.age(ms)
  return [
    ...line(life.suspendsAt, words('life.suspends'), (when) =>
      words('life.suspendsText', { when, span: idle(life.suspendAfterMinutes * minuteMs) }),
    ),
    ...line(life.stopsAt, words('life.stops'), (when) =>
      words('life.stopsText', { when, span: idle(life.stopAfterHours * hourMs) }),
    ),
    ...line(life.expiresAt, words('life.expires'), (when) => words('life.expiresText', { when })),
    ...line(life.deletedAt, words('life.deleted'), (when) => words('life.deletedText', { when })),
  ].toSorted((a, b) => a.at - b.at)
}

/** “at 14:10” today, “on 29 Nov, 14:10” later; what is overdue happens now. */
export function whenText(at: number, now: number): string {
  if (at <= now) return format.relative(now, now)
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString()
  const clock = format.clock(at).slice(0, 5)
  return sameDay ? `${clock}, ${format.relative(at, now)}` : `${format.date(at)}, ${clock}`
}
