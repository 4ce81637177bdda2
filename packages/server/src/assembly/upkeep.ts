import type { Log, Scope } from '@mllab/kernel'
import { crashPoint, messageOf } from '@mllab/kernel'

import { systemActor } from '../modules/access/access.ts'
import { forgetSamples } from '../modules/workloads/forgotten-samples.ts'
import { forgetWorkloads } from '../modules/workloads/forgotten-workloads.ts'
import { namedImages } from '../modules/workloads/named-images.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { Foundations } from './foundations.ts'
import type { Modules } from './modules.ts'

const DAY_MS = 24 * 3600_000

/** What goes with a project and with an account, module by module; each step may be done twice. */
export function handlePurges(
  { operations }: Foundations,
  { workloads, workspaces, tracking, files, named, documents, projects }: Modules,
): void {
  operations.handle<{ projectId: string }>('project.purge', async ({ input }) => {
    await workloads.purgeProject(input.projectId)
    crashPoint('project-purge/workloads-deleted')
    await tracking.purgeProject(input.projectId)
    crashPoint('project-purge/runs-erased')
    await files.purgeProject(input.projectId)
    await named.purgeProject(input.projectId)
    await documents.purgeProject(input.projectId)
    await workspaces.snapshots.sweep()
  })

  operations.handle<{ principalId: string }>('account.purge', async ({ input: { principalId } }) => {
    await workloads.purgeOwner(principalId)
    crashPoint('account-purge/workspaces-deleted')
    const personal = await projects.personalOf(principalId)
    if (personal) await projects.remove(systemActor, personal)
    crashPoint('account-purge/project-deleted')
    await named.purgePerson(principalId)
    crashPoint('account-purge/secrets-erased')
    await workspaces.snapshots.sweep()
  })
}

/** Once a day: what nobody can ask for any more is forgotten. */
export function startUpkeep(
  { config, db, clock, samples, rounds, runtime }: Foundations,
  { workspaces }: Modules,
  scope: Scope,
): void {
  const keepDeletedMs = config.keepDeletedDays * DAY_MS
  rounds.every(scope, { name: 'samples', everyMs: DAY_MS }, (signal) =>
    forgetSamples({ db, samples }, clock.now() - keepDeletedMs, signal),
  )
  rounds.every(scope, { name: 'workloads', everyMs: DAY_MS }, (signal) =>
    forgetWorkloads({ db, dependents: workspaces.forgetSteps }, clock.now() - keepDeletedMs, signal),
  )
  rounds.every(scope, { name: 'images', everyMs: DAY_MS }, async () => runtime.images.prune(await namedImages(db)))
}

/** One after the other, so that a start somebody waits for has the machine. What fails here is tried and told again by that start. */
export async function prepareImages(
  runtime: Runtime,
  refs: readonly string[],
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  for (const ref of refs) {
    try {
      await runtime.images.ensure({ ref }, { onProgress: () => undefined, signal, keepReady: true })
      log.info('image is ready', { image: ref })
    } catch (error) {
      if (signal.aborted) return
      log.warn('image could not be prepared', { image: ref, error: messageOf(error) })
    }
  }
}
