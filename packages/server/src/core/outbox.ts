import { newId, type Clock } from '@mllab/kernel'
import { sql } from 'kysely'

import type { ChangeFeed } from '../ports/changes.ts'
import type { BatchStep, Database } from '../ports/database.ts'

export interface NewEvent {
  readonly type: `${string}.${string}`
  /** Absent for what belongs to no project. */
  readonly projectId?: string | undefined
  readonly subject: { readonly kind: string; readonly id: string }
  readonly actorId: string | undefined
  readonly payload?: Readonly<Record<string, unknown>>
}

export interface StoredEvent {
  readonly seq: number
  readonly id: string
  readonly type: string
  readonly projectId: string | null
  readonly subject: { readonly kind: string; readonly id: string }
  readonly actorId: string | null
  readonly at: number
  readonly payload: Readonly<Record<string, unknown>>
}

/**
 * Events are written in the batch of the change they tell of, so there is never one without the other. Consumers (live, audit,
 * triggers) read them by sequence, at least once.
 */
export interface Outbox {
  /** The step that stores an event; goes into the batch of the change. */
  step(event: NewEvent): BatchStep
  /** Stores the change and its events, then wakes the consumers. */
  commit(steps: readonly BatchStep[], events: readonly NewEvent[]): Promise<Awaited<ReturnType<Database['batch']>>>
  /**
   * Stores events in the place of earlier ones (by id) that they make pointless, so that what happens all the time does not fill the
   * table. Answers the ids of the new ones.
   */
  replace(events: readonly { readonly previousId: string | undefined; readonly event: NewEvent }[]): Promise<string[]>
  /** Events after `seq`, oldest first; on PostgreSQL only those no earlier transaction can still slip in before. */
  after(seq: number, limit: number): Promise<readonly StoredEvent[]>
  lastSeq(): Promise<number>
}

export function createOutbox({ db, clock, changes }: { db: Database; clock: Clock; changes: ChangeFeed }): Outbox {
  const storeStep = (id: string, event: NewEvent): BatchStep => ({
    name: 'event',
    query: db.sql
      .insertInto('event')
      .values({
        id,
        project_id: event.projectId ?? null,
        type: event.type,
        subject_kind: event.subject.kind,
        subject_id: event.subject.id,
        actor_id: event.actorId ?? null,
        at: clock.now(),
        payload: JSON.stringify(event.payload ?? {}),
      })
      .compile(),
  })
  const step: Outbox['step'] = (event) => storeStep(newId(), event)

  return {
    step,
    commit: async (steps, events) => {
      const results = await db.batch([...steps, ...events.map(step)])
      if (events.length > 0) changes.announce('events')
      return results.slice(0, steps.length)
    },
    replace: async (events) => {
      const ids = events.map(() => newId())
      const replaced = events.flatMap(({ previousId }) => previousId ?? [])
      const forget: BatchStep = { query: db.sql.deleteFrom('event').where('id', 'in', replaced).compile() }
      await db.batch([
        ...(replaced.length > 0 ? [forget] : []),
        ...events.map(({ event }, index) => storeStep(ids[index] ?? newId(), event)),
      ])
      changes.announce('events')
      return ids
    },
    after: async (seq, limit) => {
      const rows = await visibleEvents(db).where('seq', '>', seq).orderBy('seq').limit(limit).execute()
      return rows.map(storedEvent)
    },
    lastSeq: async () => {
      const row = await visibleEvents(db).orderBy('seq', 'desc').limit(1).executeTakeFirst()
      return row?.seq ?? 0
    },
  }
}

export function storedEvent(row: {
  seq: number
  id: string
  type: string
  project_id: string | null
  subject_kind: string
  subject_id: string
  actor_id: string | null
  at: number
  payload: string
}): StoredEvent {
  return {
    seq: row.seq,
    id: row.id,
    type: row.type,
    projectId: row.project_id,
    subject: { kind: row.subject_kind, id: row.subject_id },
    actorId: row.actor_id,
    at: row.at,
    payload: JSON.parse(row.payload) as Record<string, unknown>, // written by `step`
  }
}

const columns = ['seq', 'id', 'type', 'project_id', 'subject_kind', 'subject_id', 'actor_id', 'at', 'payload'] as const

function visibleEvents(db: Database) {
  const query = db.sql.selectFrom('event').select(columns)
  if (db.dialect === 'sqlite') return query
  // Sequences are drawn before the commit: a reader that ran past a transaction still open would never see its events.
  return query.where(sql<boolean>`xid < pg_snapshot_xmin(pg_current_snapshot())`)
}
