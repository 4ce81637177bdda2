import os from 'node:os'

import { LabError, type FieldProblem } from '@mllab/contract'

/** The most of its machine a workload may have; undefined: all of it. */
export interface ResourceLimits {
  readonly cpus: number | undefined
  readonly memoryBytes: number | undefined
}

interface Resources {
  readonly cpus?: number
  readonly memoryBytes?: number
}

/**
 * What a workload may have of what was asked for. Where nothing was asked for, the limit itself, if the machine has more than that.
 * Throws `INVALID_INPUT`, naming each that is too much.
 */
function limitedResources(asked: Resources, limits: ResourceLimits): Resources {
  const problems: FieldProblem[] = []
  if (asked.cpus !== undefined && limits.cpus !== undefined && asked.cpus > limits.cpus)
    problems.push({ field: 'body.cpus', message: `at most ${limits.cpus} here` })
  if (asked.memoryBytes !== undefined && limits.memoryBytes !== undefined && asked.memoryBytes > limits.memoryBytes)
    problems.push({ field: 'body.memoryGb', message: `at most ${limits.memoryBytes / 2 ** 30} GB here` })
  const [first] = problems
  if (first)
    throw new LabError(
      'INVALID_INPUT',
      { reason: `${first.field.replace(/^body\./, '')}: ${first.message}, as the operator of this instance says.` },
      { fields: problems },
    )
  const cpus = asked.cpus ?? below(limits.cpus, os.availableParallelism())
  const memoryBytes = asked.memoryBytes ?? below(limits.memoryBytes, os.totalmem())
  return { ...(cpus === undefined ? {} : { cpus }), ...(memoryBytes === undefined ? {} : { memoryBytes }) }
}

/** A specification with what it may have. Limits that were other ones when it was declared hold it back only where it asks anew. */
export function limitedSpec<Spec extends { readonly resources: Resources }>(
  spec: Spec,
  limits: ResourceLimits,
  before?: Resources,
): Spec {
  const { cpus, memoryBytes } = spec.resources
  if (before && before.cpus === cpus && before.memoryBytes === memoryBytes) return spec
  return { ...spec, resources: limitedResources(spec.resources, limits) }
}

function below(limit: number | undefined, machine: number): number | undefined {
  return limit !== undefined && limit < machine ? limit : undefined
}
