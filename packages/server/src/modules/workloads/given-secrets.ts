import { LabError, type SecretUse, type WorkloadKind } from '@mllab/contract'

import type { Database } from '../../ports/database.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type { NamedSecrets, SecretBearer } from '../secrets/secrets.ts'
import type { Workload, WorkloadSpec } from './workload.ts'

/** Secrets that are files lie in a volume of their own, only while the workload runs: copies of its home never hold them. */
const MOUNT = 'secrets'

/** What a specification needs besides, so that its secrets find their place. */
export function withSecrets(
  spec: Omit<WorkloadSpec, 'secretEnvNames'>,
  workloadId: string,
  uses: readonly SecretUse[],
): Omit<WorkloadSpec, 'secretEnvNames'> {
  if (uses.length === 0) return spec
  if (!uses.some(({ file }) => file !== undefined)) return { ...spec, secrets: uses }
  return {
    ...spec,
    secrets: uses,
    env: { ...spec.env, LAB_SECRETS: `{volume:${MOUNT}}` },
    mounts: [
      ...spec.mounts,
      { name: MOUNT, volumeId: volumeOf(workloadId), path: '/run/lab-secrets', readOnly: false },
    ],
  }
}

/** The same without its secrets and their place. */
export function withoutSecrets({
  secretEnvNames: _names,
  envVersion: _version,
  secrets: _secrets,
  env: { LAB_SECRETS: _folder, ...env },
  mounts,
  ...rest
}: WorkloadSpec): Omit<WorkloadSpec, 'secretEnvNames'> {
  return { ...rest, env, mounts: mounts.filter(({ name }) => name !== MOUNT) }
}

/** An own secret reaches the workspaces of its owner and nothing else. */
export function bearerOf(workload: Pick<Workload, 'kind' | 'projectId' | 'ownerId'>): SecretBearer {
  return {
    projectId: workload.projectId,
    ownerId: workload.kind === 'workspace' ? workload.ownerId : undefined,
  }
}

export function refuseForeignSecrets(kind: WorkloadKind, uses: readonly SecretUse[]): void {
  if (kind !== 'workspace' && uses.some(({ from }) => from === 'user'))
    throw new LabError(
      'INVALID_INPUT',
      { reason: `A ${kind} gets secrets of its project only.` },
      { fields: [{ field: 'body.secrets', message: 'secrets of a person reach that person’s workspaces only' }] },
    )
}

/** Looks the values up, notes which they are, lays the files down. Answers the variables. Throws `SECRET_UNKNOWN`. */
export async function giveSecrets(
  { db, named, runtime }: { db: Database; named: NamedSecrets; runtime: Runtime },
  workload: Workload,
): Promise<Record<string, string>> {
  const uses = workload.spec.secrets ?? []
  if (uses.length === 0) return {}
  const { values, used } = await named.give(bearerOf(workload), uses)
  await db.batch(named.useSteps(workload.id, used))
  const env: Record<string, string> = {}
  for (const { name, env: variable, file, value } of values) {
    if (file === undefined) env[variable ?? name] = value
    else await runtime.volumes.writeFile(volumeOf(workload.id), file, Buffer.from(value))
  }
  return env
}

/** What has come to rest leaves no file with a secret behind, and a start finds none of the one before. */
export async function takeSecretsBack(runtime: Runtime, { id }: Workload): Promise<void> {
  await runtime.volumes.remove(volumeOf(id))
}

function volumeOf(workloadId: string): string {
  return `${workloadId}-secrets`
}
