import type { LabEvent } from '@mllab/sdk'

export interface Told {
  event: LabEvent
  /** How many of the same kind by the same person came right before it. */
  more: number
  /** Runs of one experiment on one day, the event being of the last; absent where there was one run. */
  runs?: RunsTold
}

export interface RunsTold {
  count: number
  failed: number
}

interface RunGroup {
  told: Told
  runs: Set<string>
  failed: number
}

/**
 * A feed that can be read: what one person ran in one experiment on one day is told once, at the latest of it, and so is what one person
 * did several times in a row. Newest first, as it comes.
 */
export function condense(events: readonly LabEvent[]): Told[] {
  const told: Told[] = []
  const seen = new Set<string>()
  const groups = new Map<string, RunGroup>()
  for (const event of events) {
    const key = runGroupOf(event)
    if (key !== null) {
      addRun(groups, key, event, told)
      continue
    }
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

/** Runs with the same key are told together; null for anything but the begin and the end of a run. */
function runGroupOf({ type, actor, payload, subject, at }: LabEvent): string | null {
  if (type !== 'run.started' && type !== 'run.finished') return null
  const { experiment } = payload
  const day = new Date(at).toDateString()
  return `${actor?.id ?? ''} ${typeof experiment === 'number' ? experiment : subject.id} ${day}`
}

function addRun(groups: Map<string, RunGroup>, key: string, event: LabEvent, told: Told[]): void {
  const group = groups.get(key) ?? { told: { event, more: 0 }, runs: new Set(), failed: 0 }
  if (!groups.has(key)) {
    groups.set(key, group)
    told.push(group.told)
  }
  group.runs.add(event.subject.id)
  if (event.payload['status'] === 'failed') group.failed += 1
  if (group.runs.size > 1) group.told.runs = { count: group.runs.size, failed: group.failed }
}
