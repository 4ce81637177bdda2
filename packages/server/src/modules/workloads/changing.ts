import { LabError, type SecretUse } from '@mllab/contract'
import { crashPoint, type Clock } from '@mllab/kernel'

import type { Outbox } from '../../core/outbox.ts'
import type { Secrets } from '../../core/secrets.ts'
import type { Actor, Visible } from '../access/access.ts'
import type { NamedSecrets } from '../secrets/secrets.ts'
import { asRead, returned } from './as-read.ts'
import type { DeclaringStore } from './declaring.store.ts'
import { bearerOf, refuseForeignSecrets, withoutSecrets, withSecrets } from './given-secrets.ts'
import { limitedSpec, type ResourceLimits } from './limits.ts'
import { dropEnvStep, envSecretId } from './sealed-env.ts'
import { changedParts } from './spec-changes.ts'
import { declaredSpec, type NextSpec, type Workload, type WorkloadSpec } from './workload.ts'

/** What a workload shall be from its next start on. What is left out stays. */
export interface WorkloadChange {
  readonly name?: string | undefined
  /** Makes the specification from the one before, secrets apart. */
  readonly spec?: (before: Omit<WorkloadSpec, 'secretEnvNames'>) => Omit<WorkloadSpec, 'secretEnvNames'>
  /** Variables by name, null takes one away. */
  readonly env?: Readonly<Record<string, string | null>> | undefined
  readonly secrets?: readonly SecretUse[] | undefined
}

export interface ChangingOptions {
  readonly clock: Clock
  readonly outbox: Outbox
  readonly secrets: Secrets
  readonly named: NamedSecrets
  readonly store: DeclaringStore
  readonly limits: ResourceLimits
  /** As it is now; undefined if it is gone. */
  readonly read: (workloadId: string) => Promise<Workload | undefined>
}

/** Changes what is declared. What runs goes on as it is: its next start takes everything that was changed, or nothing is changed at all. */
export function createChanging({ clock, outbox, secrets, named, store, limits, read }: ChangingOptions) {
  const environment = async (workload: Workload, spec: WorkloadSpec): Promise<Record<string, string>> => {
    const sealed = await secrets.open(envSecretId(workload.id, spec))
    return sealed === undefined ? {} : (JSON.parse(sealed) as Record<string, string>) // sealed when it was declared
  }

  const write = async (
    actor: Actor,
    seen: Visible,
    workload: Workload,
    { next, name, env }: { next: NextSpec | null; name: string; env?: Readonly<Record<string, string>> },
  ) => {
    const results = await outbox.commit(
      [
        store.changeStep(seen, workload, { next, name, nowMs: clock.now() }),
        dropEnvStep(secrets, workload.id, next ? [workload.spec, next.spec] : [workload.spec]),
        ...(next && env ? [secrets.sealStep(envSecretId(workload.id, next.spec), JSON.stringify(env))] : []),
      ],
      [
        {
          type: `${workload.kind}.configured`,
          projectId: workload.projectId,
          subject: { kind: workload.kind, id: workload.id },
          actorId: actor.principalId,
          payload: { slug: workload.slug, name },
        },
      ],
    )
    crashPoint('change/stored')
    return returned(results, 0)
  }

  const requireVersion = (workload: Workload, expected: number | undefined) => {
    if (expected !== undefined && expected !== workload.revision)
      throw new LabError('VERSION_MISMATCH', { expected, actual: workload.revision })
  }

  return {
    /** The variables a person has chosen, as the next start has them. Never leaves the server. */
    environment: (workload: Workload) => environment(workload, declaredSpec(workload)),

    /** Throws `NOT_FOUND`, `SECRET_UNKNOWN`, `INVALID_INPUT`, `VERSION_MISMATCH`. */
    change: (
      actor: Actor,
      seen: Visible,
      given: Workload,
      change: WorkloadChange,
      ifVersion?: number,
    ): Promise<Workload> => {
      const { kind } = given
      if (change.secrets) refuseForeignSecrets(kind, change.secrets)
      return asRead(read, given, async (workload) => {
        requireVersion(workload, ifVersion)
        if (change.secrets) await named.check(bearerOf(workload), change.secrets)
        const before = declaredSpec(workload)
        const plain = withoutSecrets(before)
        const inEffect = await environment(workload, workload.spec)
        const env = merged(await environment(workload, before), change.env ?? {})
        const spec: WorkloadSpec = {
          ...withSecrets(
            limitedSpec(change.spec?.(plain) ?? plain, limits, before.resources),
            workload.id,
            change.secrets ?? before.secrets ?? [],
          ),
          secretEnvNames: Object.keys(env),
          envVersion: workload.revision + 1,
        }
        const changed = changedParts({ spec: workload.spec, env: inEffect }, { spec, env })
        // What is as it runs already waits for no start.
        const next = changed.length > 0 ? { spec, changed } : null
        return write(actor, seen, workload, { next, name: change.name ?? workload.name, env })
      })
    },

    /** Its next start finds what its last one found. */
    discard: (actor: Actor, seen: Visible, given: Workload): Promise<Workload> =>
      asRead(read, given, async (workload) =>
        workload.next === null ? workload : write(actor, seen, workload, { next: null, name: workload.name }),
      ),
  }
}

function merged(before: Readonly<Record<string, string>>, change: Readonly<Record<string, string | null>>) {
  const kept = Object.entries({ ...before, ...change }).filter((entry): entry is [string, string] => entry[1] !== null)
  return Object.fromEntries(kept)
}
