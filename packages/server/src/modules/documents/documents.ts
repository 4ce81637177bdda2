import { LabError, type Document, type DocumentFilter } from '@mllab/contract'
import { isoTime, isPortError, type Clock } from '@mllab/kernel'

import { pageOf, readCursor, type PageRequest } from '../../core/pages.ts'
import { ExpectationError, type Database } from '../../ports/database.ts'
import { may, requireIn, type Access, type Actor, type Person, type ProjectRef } from '../access/access.ts'
import { createDocumentsStore, type DocumentRow, type Place, type Quota } from './documents.store.ts'

export type Documents = ReturnType<typeof createDocuments>

/** What one has seen of a document that one changes: its version, that there is none, or nothing. */
export interface Precondition {
  readonly ifMatch: number | undefined
  readonly ifNoneMatch: string | undefined
}

/** Of the documents on one page. */
const MOST_PAGE_BYTES = 8 * 2 ** 20

/**
 * JSON documents of a project, by collection and key: the database of programs that run in it. Each write has a version; there are no events
 * of them, since programs write as often as they like.
 */
export function createDocuments({
  db,
  clock,
  access,
  quota,
}: {
  db: Database
  clock: Clock
  access: Access
  quota: Quota
}) {
  const store = createDocumentsStore(db)

  const presenter = async (actor: Actor, project: ProjectRef, rows: readonly DocumentRow[]) => {
    const people = await access.people(rows.map((row) => row.updated_by))
    const can = may(actor, 'documents:write', project.id) ? ['change', 'delete'] : []
    return (row: DocumentRow) => present(row, people, can)
  }

  const get = async (actor: Actor, project: ProjectRef, collection: string, key: string): Promise<Document> => {
    const seen = requireIn(actor, 'documents:read', project.id)
    const row = await store.get(seen, { projectId: project.id, collection, key })
    if (!row) throw new LabError('NOT_FOUND', { what: 'document' })
    return (await presenter(actor, project, [row]))(row)
  }

  /** Why nothing was stored or deleted. */
  const refusal = async (error: unknown, place: Place, precondition: Precondition): Promise<unknown> => {
    if (error instanceof ExpectationError && error.step === 'quota')
      return new LabError(
        'QUOTA_REACHED',
        { limit: `${quota.documents} documents and ${Math.round(quota.sizeBytes / 2 ** 20)} MB of them` },
        { cause: error },
      )
    if (isPortError(error, 'CONFLICT'))
      return new LabError('NAME_TAKEN', { what: 'document', name: place.key }, { cause: error })
    if (!(error instanceof ExpectationError)) return error
    const now = await store.get({ projects: [place.projectId] }, place)
    if (!now) return new LabError('NOT_FOUND', { what: 'document' }, { cause: error })
    const mismatch = { expected: precondition.ifMatch ?? 0, actual: now.version }
    return new LabError('VERSION_MISMATCH', mismatch, { cause: error })
  }

  return {
    get,

    list: async (
      actor: Actor,
      project: ProjectRef,
      collection: string,
      request: PageRequest & { prefix?: string | undefined; filter?: DocumentFilter | undefined },
    ) => {
      const seen = requireIn(actor, 'documents:read', project.id)
      const list = ['documents', project.id, collection, request.prefix ?? '', request.filter ?? null]
      const cursor = readCursor(request, list)
      const where = { projectId: project.id, collection }
      const found = await store.outline(seen, where, request, request.limit + 1, cursor && String(cursor[0]))
      const shown = withinBytes(found.slice(0, request.limit))
      const { next } = pageOf(
        found,
        { ...request, limit: shown.length },
        list,
        ({ key }) => [key],
        ({ key }) => key,
      )
      // One that was deleted since is left out.
      const rows = await store.rows(
        seen,
        where,
        shown.map(({ key }) => key),
      )
      return {
        items: rows.map(await presenter(actor, project, rows)),
        next,
        can: may(actor, 'documents:write', project.id) ? ['create'] : [],
      }
    },

    collections: async (actor: Actor, project: ProjectRef) => {
      const rows = await store.collections(requireIn(actor, 'documents:read', project.id), project.id)
      const space = await store.space(project.id)
      return {
        items: rows.map((row) => ({
          name: row.collection,
          documents: Number(row.documents),
          sizeBytes: Number(row.size_bytes),
          updatedAt: isoTime(Number(row.updated_at)),
        })),
        quota: {
          documents: space?.documents ?? 0,
          maxDocuments: quota.documents,
          sizeBytes: space?.size_bytes ?? 0,
          maxSizeBytes: quota.sizeBytes,
        },
        can: may(actor, 'documents:write', project.id) ? ['create'] : [],
      }
    },

    put: async (
      actor: Actor,
      project: ProjectRef,
      { collection, key }: { collection: string; key: string },
      value: Record<string, unknown>,
      precondition: Precondition,
    ): Promise<Document> => {
      requireIn(actor, 'documents:write', project.id)
      const text = JSON.stringify(value)
      const place = { projectId: project.id, collection, key }
      const row = {
        project_id: project.id,
        collection,
        key,
        value: text,
        size_bytes: Buffer.byteLength(text),
        updated_at: clock.now(),
        updated_by: actor.principalId,
      }
      const ifVersion = precondition.ifNoneMatch?.trim() === '*' ? 'new' : precondition.ifMatch
      try {
        const results = await db.batch([
          ...store.spaceSteps(place, row.size_bytes, quota),
          store.putStep(row, ifVersion),
        ])
        const stored = results.at(-1)?.rows[0] as unknown as DocumentRow // `returning` gave all columns
        return (await presenter(actor, project, [stored]))(stored)
      } catch (error) {
        throw await refusal(error, place, precondition)
      }
    },

    remove: async (
      actor: Actor,
      project: ProjectRef,
      { collection, key }: { collection: string; key: string },
      precondition: Precondition,
    ): Promise<void> => {
      requireIn(actor, 'documents:write', project.id)
      const place = { projectId: project.id, collection, key }
      try {
        await db.batch(store.removeSteps(place, precondition.ifMatch))
      } catch (error) {
        throw await refusal(error, place, precondition)
      }
    },

    /** Part of the operation `project.purge`: repeatable. */
    purgeProject: store.purge,
  }
}

function present(row: DocumentRow, people: ReadonlyMap<string, Person>, can: string[]): Document {
  return {
    collection: row.collection,
    key: row.key,
    value: JSON.parse(row.value) as Record<string, unknown>, // written by `put`
    version: row.version,
    createdAt: isoTime(row.created_at),
    updatedAt: isoTime(row.updated_at),
    updatedBy: people.get(row.updated_by) ?? null,
    can,
  }
}

/** As many as make a page that a server can hold for many readers at once; one at least. */
function withinBytes<Sized extends { readonly size_bytes: number }>(rows: readonly Sized[]): readonly Sized[] {
  let total = 0
  const end = rows.findIndex(({ size_bytes: size }) => (total += Number(size)) > MOST_PAGE_BYTES)
  return end === -1 ? rows : rows.slice(0, Math.max(1, end))
}
