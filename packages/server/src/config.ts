import path from 'node:path'

import { addresses } from './config/addresses.ts'
import { people } from './config/people.ts'
import type { Setting } from './config/setting.ts'
import { storage } from './config/storage.ts'
import { workloads } from './config/workloads.ts'

const settings = { ...addresses, ...storage, ...people, ...workloads }

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
    try {
      values[key] = declared.parse(env[declared.name] ?? declared.byDefault)
    } catch (error) {
      const shown = 'secret' in declared && declared.secret ? '' : ` is ${JSON.stringify(env[declared.name])} and`
      problems.push(`${declared.name}${shown} ${(error as Error).message}.`) // parsers throw nothing else
    }
  }
  const config = values as Config // every key was set, or a problem was noted
  if (problems.length === 0) problems.push(...contradictions(config))
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze(config)
}

/** Every setting with its effective value and where it comes from; secrets are masked. */
export function effectiveSettings(env: Readonly<Record<string, string | undefined>>): EffectiveSetting[] {
  return Object.values(settings).map((declared) => {
    const given = env[declared.name]
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
  const known = new Set<string>([...Object.values(settings).map((declared) => declared.name), ...setInsideWorkloads])
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
    ...(config.gateway === 'apart' && config.port === 0
      ? ['LAB_GATEWAY is apart, so LAB_PORT must be a port that both programs know.']
      : []),
    ...(config.dataRoot === path.parse(config.dataRoot).root
      ? ['LAB_DATA_ROOT must be a folder, not the root of the disk.']
      : []),
  ]
}
