import { LabError, type Dataset, type FileEntry, type FileVersion } from '@mllab/contract'
import type { Clock } from '@mllab/kernel'

import type { NewEvent, Outbox } from '../../core/outbox.ts'
import { pageOf, readCursor, type Page, type PageRequest } from '../../core/pages.ts'
import { ExpectationError } from '../../ports/database.ts'
import type { Access, Actor, ProjectRef } from '../access/access.ts'
import { filesPolicy as policy } from './files.policy.ts'
import type { FileRow, FileSort, FilesStore } from './files.store.ts'
import { presentEntry } from './folders.ts'
import { presentFile, presentVersion } from './present.ts'
import { refusedName } from './publish.ts'
import type { VersionRow, VersionsStore } from './versions.store.ts'

export type Datasets = ReturnType<typeof createDatasets>

const KIND = 'dataset'

/** Datasets: named files and folders, of which every upload is a version that never changes. */
export function createDatasets({
  store,
  versions,
  clock,
  access,
  outbox,
  keepDeletedMs,
}: {
  store: FilesStore
  versions: VersionsStore
  clock: Clock
  access: Access
  outbox: Outbox
  keepDeletedMs: number
}) {
  const presentAll = async (actor: Actor, project: ProjectRef, rows: readonly FileRow[]) => {
    const latest = await versions.latest(rows)
    const people = await access.people([...latest.values()].map((version) => version.created_by))
    const can = policy.can(actor, project.id)
    return (row: FileRow): Dataset => presentFile(row, latest.get(row.id), people, can)
  }

  const presentOne = async (actor: Actor, project: ProjectRef, row: FileRow) =>
    (await presentAll(actor, project, [row]))(row)

  const find = async (actor: Actor, project: ProjectRef, name: string): Promise<FileRow> => {
    const row = await store.byName(policy.read(actor, project.id), project.id, KIND, name)
    if (!row) throw new LabError('NOT_FOUND', { what: KIND })
    return row
  }

  const changed = (type: NewEvent['type'], project: ProjectRef, actor: Actor, row: { id: string }, name: string) => ({
    type,
    projectId: project.id,
    subject: { kind: KIND, id: row.id },
    actorId: actor.principalId,
    payload: { name },
  })

  return {
    list: async (
      actor: Actor,
      project: ProjectRef,
      request: PageRequest & { search?: string | undefined; sort: FileSort },
    ): Promise<Page<Dataset> & { can: string[] }> => {
      const list = ['datasets', project.id, request.search ?? '', request.sort]
      const cursor = readCursor(request, list)
      const rows = await store.list(
        policy.read(actor, project.id),
        project.id,
        KIND,
        request,
        request.limit + 1,
        cursor && [cursor[0] ?? '', String(cursor[1])],
      )
      const present = await presentAll(actor, project, rows)
      const sortValue = (row: FileRow) => (request.sort === 'name' ? row.name : row.updated_at)
      const page = pageOf(rows, request, list, (row) => [sortValue(row), row.id], present)
      return { ...page, can: policy.can(actor, project.id) }
    },

    get: async (actor: Actor, project: ProjectRef, name: string): Promise<Dataset> =>
      presentOne(actor, project, await find(actor, project, name)),

    update: async (
      actor: Actor,
      project: ProjectRef,
      name: string,
      input: { description: string },
    ): Promise<Dataset> => {
      const visible = policy.write(actor, project.id)
      const row = await find(actor, project, name)
      const [result] = await notFound(() =>
        outbox.commit(
          [store.describeStep(visible, row.id, input.description, clock.now())],
          [changed('dataset.changed', project, actor, row, name)],
        ),
      )
      return presentOne(actor, project, result?.rows[0] as unknown as FileRow) // `returning` gave these columns
    },

    /** Gone from lists and downloads at once; `restore` brings it back until it is purged. */
    remove: async (actor: Actor, project: ProjectRef, name: string): Promise<void> => {
      const visible = policy.write(actor, project.id)
      const row = await find(actor, project, name)
      await notFound(() =>
        outbox.commit(
          [store.removeStep(visible, row.id, clock.now())],
          [changed('dataset.deleted', project, actor, row, name)],
        ),
      )
    },

    /** Brings back what was deleted last under this name. Fails with `NAME_TAKEN` if something else is in its way by now. */
    restore: async (actor: Actor, project: ProjectRef, name: string): Promise<Dataset> => {
      const visible = policy.write(actor, project.id)
      const nowMs = clock.now()
      const since = nowMs - keepDeletedMs
      const deleted = await store.lastDeleted(visible, project.id, KIND, name, since)
      if (!deleted) throw new LabError('NOT_FOUND', { what: `deleted dataset ${name}` })
      const steps = [...store.freeNameSteps(project.id, KIND, name), store.restoreStep(deleted.id, since, nowMs)]
      try {
        const results = await outbox.commit(steps, [changed('dataset.restored', project, actor, deleted, name)])
        return await presentOne(actor, project, results.at(-1)?.rows[0] as unknown as FileRow) // `returning` gave these columns
      } catch (error) {
        throw refusedName(error, KIND, name)
      }
    },

    versions: async (
      actor: Actor,
      project: ProjectRef,
      name: string,
      request: PageRequest,
    ): Promise<Page<FileVersion>> => {
      const file = await find(actor, project, name)
      const list = ['versions', file.id]
      const cursor = readCursor(request, list)
      const rows = await versions.versions(file.id, request.limit + 1, cursor && Number(cursor[0]))
      const people = await access.people(rows.map((row) => row.created_by))
      return pageOf(
        rows,
        request,
        list,
        (row) => [row.version],
        (row) => presentVersion(name, row, people),
      )
    },

    /** What a version holds. A single file holds itself, under the last part of its name. */
    entries: async (
      actor: Actor,
      project: ProjectRef,
      name: string,
      version: number,
      request: PageRequest & { prefix?: string | undefined },
    ): Promise<Page<FileEntry>> => {
      const file = await find(actor, project, name)
      const row = await versions.version(file.id, version)
      if (!row) throw new LabError('NOT_FOUND', { what: 'version' })
      if (row.folder === 0) return { items: [entryOfSingle(name, row)], next: null }
      const folder = (request.prefix ?? '').replace(/\/$/, '')
      const list = ['entries', row.id, folder]
      const cursor = readCursor(request, list)
      const rows = await versions.entries(row.id, folder, request.limit + 1, {
        after: cursor && String(cursor[0]),
      })
      return pageOf(rows, request, list, (entry) => [entry.path], presentEntry)
    },
  }
}

function entryOfSingle(name: string, row: VersionRow): FileEntry {
  return { path: name.split('/').at(-1) ?? name, sizeBytes: row.size_bytes, sha256: row.sha256 ?? '' }
}

async function notFound<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: KIND }, { cause: error })
    throw error
  }
}
