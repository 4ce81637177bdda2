import { createHash } from 'node:crypto'

import type { FileVersion, Service } from '@mllab/contract'
import { LabProblem } from '@mllab/sdk'

import type { Caller } from './caller.ts'
import type { State } from './ledger.ts'
import { historyOf } from './mlflow.ts'

/** Everything a project holds, as its owner sees it; bytes are downloaded. Empty if there is no such project. */
export async function observeProject(caller: Caller, project: string): Promise<State> {
  const { api } = caller
  const params = { project }
  const description = await orGone(api.projects.get({ params }).then((found) => found.description))
  if (description === undefined) return new Map()
  const [members, datasets, uploads, experiments, runs, services] = await Promise.all([
    api.projects.members({ params }),
    api.files.list({ params, query: { limit: 500 } }),
    api.files.uploads({ params }),
    api.runs.experiments({ params, query: { limit: 500 } }),
    api.runs.list({ params, query: { limit: 500 } }),
    api.services.list({ params, query: { limit: 500 } }),
  ])
  const state = new Map([['project', description]])
  for (const { person, role } of members.items) state.set(`member ${person.username}`, role)
  for (const { name } of datasets.items) state.set(`dataset ${name}`, await datasetState(caller, project, name))
  for (const { name, received } of uploads.items) state.set(`upload ${name}`, uploadState(received))
  for (const { name } of experiments.items) if (name !== 'Default') state.set(`experiment ${name}`, 'there')
  for (const { id, name } of runs.items) state.set(`run ${name}`, runState(await historyOf(caller, project, id)))
  for (const service of services.items) state.set(`service ${service.slug}`, serviceState(service))
  return state
}

export function uploadState(received: readonly number[]): string {
  return `parts ${received.toSorted((a, b) => a - b).join(', ')}`
}

export function runState(losses: readonly number[]): string {
  return `losses ${losses.join(', ')}`
}

/** A single file as its digest, a folder as the digests of its files in the order of their names. */
export function versionState(files: Readonly<Record<string, Uint8Array>>): string {
  const paths = Object.keys(files).toSorted()
  return paths.map((path) => `${path}=${digestOf(files[path] ?? new Uint8Array())}`).join(' ')
}

/** What should be, however far it has got. */
export function serviceState({ state }: Service): string {
  if (state.status === 'starting' || state.status === 'running') return 'running'
  if (state.status === 'stopping' || state.status === 'stopped') return 'stopped'
  return `${state.status}: ${state.reason?.detail ?? ''}`
}

async function datasetState(caller: Caller, project: string, name: string): Promise<string> {
  const { items } = await caller.api.files.versions({ params: { project, name }, query: { limit: 500 } })
  const states = await Promise.all(items.toReversed().map((version) => downloaded(caller, project, name, version)))
  return states.join(' | ')
}

async function downloaded({ api }: Caller, project: string, name: string, version: FileVersion): Promise<string> {
  const query = { version: version.version }
  const bytesAt = async (path: string) =>
    new Uint8Array(await (await api.files.download({ params: { project, path }, query })).arrayBuffer())
  if (!version.folder) return versionState({ '': await bytesAt(name) })
  const { items } = await api.files.entries({
    params: { project, name, version: version.version },
    query: { limit: 500 },
  })
  const files = await Promise.all(items.map(async ({ path }) => [path, await bytesAt(`${name}/${path}`)] as const))
  return versionState(Object.fromEntries(files))
}

async function orGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof LabProblem && error.status === 404) return undefined
    throw error
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 12)
}
