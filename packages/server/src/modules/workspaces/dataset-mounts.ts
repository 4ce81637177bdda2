import { LabError } from '@mllab/contract'
import type { Clock } from '@mllab/kernel'

import type { Runtime } from '../../ports/runtime.ts'
import { systemActor, type Actor, type ProjectRef } from '../access/access.ts'
import type { Files, LocalEntry } from '../files/files.ts'
import type { StepProgress, Workload, WorkloadSpec } from '../workloads/workloads.ts'
import type { WorkspacesStore } from './workspaces.store.ts'

export interface WantedDataset {
  readonly name: string
  readonly version?: number | undefined
  readonly path: string
}

type Mount = WorkloadSpec['mounts'][number]

export type DatasetMounts = ReturnType<typeof createDatasetMounts>

const ENTRIES_PAGE = 500
const AT_ONCE = 8
const MOUNT_PREFIX = 'data-'
const HOME_IN_CONTAINERS = '/workspace'

/**
 * Versions of datasets as folders of workspaces. A version never changes, so it is laid out once in a volume of the project, and every
 * workspace that wants it has that volume to read.
 */
export function createDatasetMounts({
  files,
  store,
  runtime,
  clock,
}: {
  files: Files
  store: WorkspacesStore
  runtime: Runtime
  clock: Clock
}) {
  const find = async (actor: Actor, project: ProjectRef, name: string, version: number | undefined) => {
    const { id } = await files.datasets.get(actor, project, name)
    const found = await files.fileByKey(actor, project, version === undefined ? name : `${name}@${version}`)
    return { ...found, volumeId: `d-${id}-${found.version}` }
  }

  const layOut = async (
    project: ProjectRef,
    { name, version, volumeId }: DatasetMount & { volumeId: string },
    report: (progress: StepProgress) => void,
    signal: AbortSignal,
  ) => {
    const found = await find(systemActor, project, name, version)
    // The name may belong to another dataset by now, whose first versions have the same numbers.
    if (found.volumeId !== volumeId) throw new LabError('NOT_FOUND', { what: `version ${version} of ${name}` })
    let done = 0
    const write = async (path: string, inside: string, sizeBytes: number, local: LocalEntry | undefined) => {
      signal.throwIfAborted()
      if (local) await runtime.volumes.placeFile(volumeId, path, local)
      else await runtime.volumes.writeFile(volumeId, path, await found.open(inside, undefined, signal))
      done += sizeBytes
      report({ detail: `${name}@${version}`, done, total: found.sizeBytes, unit: 'bytes' })
    }
    if (!found.folder) return write(name.slice(name.lastIndexOf('/') + 1), '', found.sizeBytes, await found.local())
    for (let after: string | undefined; ;) {
      const entries = await found.entries(after, ENTRIES_PAGE)
      const waiting = entries.values()
      const writeSome = async () => {
        for (const entry of waiting) await write(entry.path, entry.path, entry.sizeBytes, await entry.local())
      }
      await Promise.all(Array.from({ length: AT_ONCE }, writeSome))
      after = entries.at(-1)?.path
      if (after === undefined || entries.length < ENTRIES_PAGE) return
    }
  }

  return {
    /** What a new workspace has to be given. Fails with `NOT_FOUND`, `INVALID_INPUT`. */
    resolve: async (actor: Actor, project: ProjectRef, wanted: readonly WantedDataset[]) => {
      refuseOverlaps(wanted)
      const mounts: Mount[] = []
      const datasets: DatasetMount[] = []
      for (const [index, { name, version, path }] of wanted.entries()) {
        const found = await find(actor, project, name, version)
        datasets.push({ name, version: found.version, path })
        mounts.push({
          name: `${MOUNT_PREFIX}${index}`,
          volumeId: found.volumeId,
          path: `${HOME_IN_CONTAINERS}/${path}`,
          readOnly: true,
          shared: true,
        })
      }
      // Where the runtime has put them; a link to there makes the path.
      const env = Object.fromEntries(mounts.map(({ name }, index) => [folderVariable(index), `{volume:${name}}`]))
      return { mounts, datasets, env }
    },

    /** Lays out what is not there yet, before a start. */
    layOutAll: async (
      workload: Workload,
      { signal, report }: { signal: AbortSignal; report: (progress: StepProgress) => void },
    ): Promise<void> => {
      const { datasets = [], mounts } = workload.spec
      for (const [index, dataset] of datasets.entries()) {
        const volumeId = mounts.find(({ name }) => name === `${MOUNT_PREFIX}${index}`)?.volumeId
        if (volumeId === undefined) throw new Error(`dataset ${dataset.name} without its volume`)
        const known = await store.datasetVolume(volumeId)
        const use = { volume_id: volumeId, project_id: workload.projectId, used_at: clock.now() }
        await store.useDatasetVolume({ ...use, ready_at: null })
        if (known?.ready_at) continue
        await layOut({ id: workload.projectId, slug: '' }, { ...dataset, volumeId }, report, signal)
        await store.useDatasetVolume({ ...use, ready_at: clock.now() })
      }
    },

    /** Gives back the place of versions that nobody wanted for a while and no workspace names. */
    sweep: async (before: number): Promise<void> => {
      const idle = await store.idleDatasetVolumes(before)
      if (idle.length === 0) return
      const named = (await store.livingSpecs()).join(' ')
      for (const volumeId of idle) {
        if (named.includes(`"${volumeId}"`)) continue
        await store.forgetDatasetVolume(volumeId)
        await runtime.volumes.remove(volumeId)
      }
    },
  }
}

type DatasetMount = NonNullable<WorkloadSpec['datasets']>[number]

const FOLDER_VARIABLE = 'LAB_DATASET_'

/** Names the folder of the dataset with this number inside the workspace. */
export function folderVariable(index: number): string {
  return `${FOLDER_VARIABLE}${index}`
}

/** A specification without its datasets and all that follows from them. */
export function withoutDatasets<Spec extends Pick<WorkloadSpec, 'datasets' | 'mounts' | 'env'>>(spec: Spec) {
  const { datasets: _datasets, mounts, env, ...rest } = spec
  return {
    ...rest,
    mounts: mounts.filter(({ name }) => !name.startsWith(MOUNT_PREFIX)),
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith(FOLDER_VARIABLE))),
  }
}

function refuseOverlaps(wanted: readonly WantedDataset[]): void {
  for (const [index, { path }] of wanted.entries())
    if (wanted.some((other, at) => at !== index && `${other.path}/`.startsWith(`${path}/`)))
      throw new LabError(
        'INVALID_INPUT',
        { reason: `Two datasets would lie at ${path}.` },
        { fields: [{ field: `body.datasets.${index}.path`, message: 'is taken by another dataset' }] },
      )
}
