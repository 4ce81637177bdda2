import type { Secrets } from '../../core/secrets.ts'
import type { BatchStep } from '../../ports/database.ts'
import type { WorkloadSpec } from './workload.ts'

type Versioned = Pick<WorkloadSpec, 'envVersion'>

/** Where the values of a workload's variables are sealed: those in effect and those of its next start lie beside each other. */
export function envSecretId(workloadId: string, { envVersion }: Versioned): string {
  return envVersion === undefined ? base(workloadId) : `${base(workloadId)}:${envVersion}`
}

/** Drops all sealed values of a workload but those that these specifications need. */
export function dropEnvStep(secrets: Secrets, workloadId: string, needed: readonly Versioned[]): BatchStep {
  return secrets.dropBelowStep(
    base(workloadId),
    needed.map((spec) => envSecretId(workloadId, spec)),
  )
}

function base(workloadId: string): string {
  return `workload:${workloadId}:env`
}
