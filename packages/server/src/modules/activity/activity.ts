import { LabError, type LabEvent, type Operation, type Person } from '@mllab/contract'
import { isoTime } from '@mllab/kernel'

import { operationRecord, presentOperation, type OperationRecord } from '../../core/operation-record.ts'
import type { Operations } from '../../core/operations.ts'
import { storedEvent } from '../../core/outbox.ts'
import { pageOf, readCursor, type PageRequest } from '../../core/pages.ts'
import type { Database } from '../../ports/database.ts'
import { may, requireIn, type Access, type Actor, type ProjectRef } from '../access/access.ts'
import { createActivityStore } from './activity.store.ts'

export type Activity = ReturnType<typeof createActivity>

/** What happens and what happened in a project: operations and events, to be read. */
export function createActivity({ db, access, operations }: { db: Database; access: Access; operations: Operations }) {
  const store = createActivityStore(db)

  const present = (actor: Actor, record: OperationRecord, people: ReadonlyMap<string, Person>): Operation =>
    presentOperation(
      record,
      (record.actorId === null ? undefined : people.get(record.actorId)) ?? null,
      record.finishedAt === null && mayCancel(actor, record) ? ['cancel'] : [],
    )

  const one = async (actor: Actor, project: ProjectRef, id: string) => {
    const row = await store.operation(requireIn(actor, 'project:read', project.id), project.id, id)
    if (!row) throw new LabError('NOT_FOUND', { what: 'operation' })
    return operationRecord(row)
  }

  const get = async (actor: Actor, project: ProjectRef, id: string) => {
    const record = await one(actor, project, id)
    return present(actor, record, await access.people([record.actorId]))
  }

  return {
    operation: get,

    operations: async (
      actor: Actor,
      project: ProjectRef,
      request: PageRequest & { status?: 'open' | 'ended' | undefined },
    ) => {
      const list = ['operations', project.id, request.status ?? '']
      const cursor = readCursor(request, list)
      const rows = await store.operations(
        requireIn(actor, 'project:read', project.id),
        project.id,
        request.status,
        request.limit + 1,
        cursor && [Number(cursor[0]), String(cursor[1])],
      )
      const people = await access.people(rows.map((row) => row.actor_id))
      return pageOf(
        rows,
        request,
        list,
        (row) => [row.created_at, row.id],
        (row) => present(actor, operationRecord(row), people),
      )
    },

    /** Who started it may cancel it, and so may owners. */
    cancel: async (actor: Actor, project: ProjectRef, id: string): Promise<Operation> => {
      const record = await one(actor, project, id)
      if (!mayCancel(actor, record))
        throw new LabError('FORBIDDEN', { reason: 'Only who started it or an owner may cancel it.' })
      await operations.requestCancel(id)
      return get(actor, project, id)
    },

    events: async (actor: Actor, project: ProjectRef, request: PageRequest) => {
      const list = ['events', project.id]
      const cursor = readCursor(request, list)
      const rows = await store.events(
        requireIn(actor, 'project:read', project.id),
        project.id,
        request.limit + 1,
        cursor && Number(cursor[0]),
      )
      const people = await access.people(rows.map((row) => row.actor_id))
      return pageOf(
        rows,
        request,
        list,
        (row) => [row.seq],
        (row): LabEvent => {
          const event = storedEvent(row)
          return {
            seq: event.seq,
            id: event.id,
            type: event.type,
            subject: event.subject,
            actor: (event.actorId === null ? undefined : people.get(event.actorId)) ?? null,
            at: isoTime(event.at),
            payload: event.payload,
          }
        },
      )
    },
  }
}

function mayCancel(actor: Actor, record: OperationRecord): boolean {
  return (
    record.actorId === actor.principalId || (record.projectId !== null && may(actor, 'project:write', record.projectId))
  )
}
