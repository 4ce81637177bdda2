import type { LabEvent } from '@mllab/sdk'

export interface Told {
  event: LabEvent
  /** How many of the same kind by the same person came right before it. */
  more: number
}

/**
 * A feed that can be read: a run that ended does not also tell that it started, and what one person did several times in a row is told
 * once. Newest first, as it comes.
 */
export function condense(events: readonly LabEvent[]): Told[] {
  const ended = new Set(events.filter(({ type }) => type === 'run.finished').map(({ subject }) => subject.id))
  const told: Told[] = []
  const seen = new Set<string>()
  for (const event of events) {
    if (event.type === 'run.started' && ended.has(event.subject.id)) continue
    const last = told.at(-1)
    if (last && last.event.type === event.type && last.event.actor?.id === event.actor?.id) {
      if (!seen.has(event.subject.id)) last.more += 1
    } else {
      seen.clear()
      told.push({ event, more: 0 })
    }
    seen.add(event.subject.id)
  }
  return told
}
