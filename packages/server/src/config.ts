import path from 'node:path'

import { addresses } from './config/addresses.ts'
import { encryption, encryptionProblems } from './config/encryption.ts'
import { people } from './config/people.ts'
import type { Setting } from './config/setting.ts'
import { storage } from './config/storage.ts'
import { workloads } from './config/workloads.ts'
import { workspaces } from './config/workspaces.ts'

const settings = { ...addresses, ...encryption, ...storage, ...people, ...workloads, ...workspaces }

type Settings = typeof settings
export type Config = { readonly [Key in keyof Settings]: ReturnType<Settings[Key]['parse']> }

export interface EffectiveSetting {
  readonly name: string
  readonly value: string
  readonly source: 'default' | 'environment'
  readonly meaning: string
  /** What may be given: `true or false`, `0 to 65535`. */
  readonly takes: string
}

/** The configuration is wrong; each problem is one sentence that names the variable and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** Reads the settings once. Throws `ConfigError` with every problem found. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const [key, declared] of Object.entries(settings)) {
    const given = givenValue(env, declared, (problem) => problems.push(problem))
    try {
      values[key] = declared.parse(given ?? declared.byDefault)
    } catch (error) {
      const shown = 'secret' in declared && declared.secret ? '' : ` is ${JSON.stringify(given)} and`
      problems.push(`${declared.name}${shown} ${(error as Error).message}.`) // parsers throw nothing else
    }
  }
  const config = values as Config // every key was set, or a problem was noted
  if (problems.length === 0) problems.push(...contradictions(config))
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze(config)
}

/** By its own name, or by another one that means the same. */
function givenValue(
  env: Readonly<Record<string, string | undefined>>,
  { name, aliases = [] }: Pick<Setting<unknown>, 'name' | 'aliases'>,
  complain: (problem: string) => void = () => undefined,
): string | undefined {
  const set = [name, ...aliases].filter((one) => env[one] !== undefined)
  const [first, other] = [set[0], set.find((one) => env[one] !== env[set[0] ?? ''])]
  if (first && other) complain(`${first} and ${other} mean the same and have different values: leave one of them out.`)
  return first && env[first]
}

/** Every setting with its effective value and where it comes from; secrets are masked. */
export function effectiveSettings(env: Readonly<Record<string, string | undefined>>): EffectiveSetting[] {
  return Object.values(settings).map((declared) => {
    const given = givenValue(env, declared)
    const value = given ?? declared.byDefault
    return {
      name: declared.name,
      value: 'secret' in declared && declared.secret && value !== '' ? '********' : value,
      source: given === undefined ? 'default' : 'environment',
      meaning: declared.meaning,
      takes: declared.parse.takes,
    }
  })
}

/** Variables that begin like ours but mean nothing: probably misspelt. */
export function unknownSettings(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set<string>([...Object.values(settings).map(({ name }) => name), ...setInsideWorkloads])
  return Object.keys(env).filter((name) => name.startsWith('LAB_') && !known.has(name))
}

const setInsideWorkloads = [
  'LAB_ENDPOINT',
  'LAB_API_ENDPOINT',
  'LAB_PROJECT',
  'LAB_API_TOKEN',
  'LAB_SERVICE_PATH',
  'LAB_WORKLOAD',
  'LAB_DEV_SERVER',
  'LAB_CA_FILE',
]

function contradictions(config: Config): string[] {
  const s3 = [config.s3AccessKey, config.s3SecretKey]
  return [
    ...(config.s3Endpoint && s3.includes(undefined)
      ? ['S3_ENDPOINT is set, so S3_ACCESS_KEY and S3_SECRET_KEY must be set too.']
      : []),
    ...(!config.s3Endpoint && s3.some((value) => value !== undefined)
      ? ['S3_ACCESS_KEY and S3_SECRET_KEY need S3_ENDPOINT.']
      : []),
    ...encryptionProblems(config),
    ...beyond('LAB_WORKSPACE_CPUS', config.workspaceCpus, 'SERVICES_CPU_LIMIT', config.cpuLimit),
    ...beyond('LAB_WORKSPACE_MEMORY_GB', config.workspaceMemoryGb, 'SERVICES_MEMORY_LIMIT', config.memoryLimitGb),
    ...beyond('LAB_WORKSPACE_STORAGE_GB', config.workspaceStorageGb, 'SERVICES_STORAGE_LIMIT', config.storageLimitGb),
    ...(config.gateway === 'apart' && config.port === 0
      ? ['LAB_GATEWAY is apart, so LAB_PORT must be a port that both programs know.']
      : []),
    ...(config.dataRoot === path.parse(config.dataRoot).root
      ? ['LAB_DATA_ROOT must be a folder, not the root of the disk.']
      : []),
  ]
}

function beyond(name: string, value: number | undefined, limitName: string, limit: number | undefined): string[] {
  if (value === undefined || limit === undefined || value <= limit) return []
  return [`${name} is ${value}, which is more than ${limitName} allows (${limit}).`]
}
