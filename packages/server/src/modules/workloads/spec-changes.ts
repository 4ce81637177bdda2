import { isDeepStrictEqual } from 'node:util'

import type { WorkloadSpec } from './workload.ts'

/** The variable that says which code a service is. */
const CODE = 'EXECUTE_CODE'

interface Described {
  readonly spec: WorkloadSpec
  readonly env: Readonly<Record<string, string>>
}

/** What a person sees as changed between two specifications: `image`, `code`, `profile`, `cpus`, `memoryGb`, `secrets`, `datasets`, `env.NAME`. */
export function changedParts(before: Described, after: Described): string[] {
  const parts: readonly [string, unknown, unknown][] = [
    ['image', before.spec.image, after.spec.image],
    ['code', codeOf(before.spec), codeOf(after.spec)],
    ['profile', profileOf(before.spec), profileOf(after.spec)],
    ['cpus', before.spec.resources.cpus, after.spec.resources.cpus],
    ['memoryGb', before.spec.resources.memoryBytes, after.spec.resources.memoryBytes],
    ['secrets', before.spec.secrets ?? [], after.spec.secrets ?? []],
    ['datasets', before.spec.datasets ?? [], after.spec.datasets ?? []],
    ...[...new Set([...Object.keys(before.env), ...Object.keys(after.env)])]
      .toSorted()
      .map((name): [string, unknown, unknown] => [`env.${name}`, before.env[name], after.env[name]]),
  ]
  return parts.filter(([, old, now]) => !isDeepStrictEqual(old, now)).map(([name]) => name)
}

/** The answers, and the variables that follow from them; ours follow from everything else. */
function profileOf({ profile, env }: WorkloadSpec) {
  return {
    profile,
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('LAB_') && name !== CODE)),
  }
}

function codeOf({ env, health }: WorkloadSpec) {
  return { source: env[CODE], health }
}
