import os from 'node:os'
import path from 'node:path'

/** A setting of the server: an environment variable with its type, default and meaning. All of them stand below, and nowhere else. */
interface Setting<T> {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly meaning: string
  /** As a person would write it; empty if there is none. */
  readonly byDefault: string
  readonly secret?: boolean
  readonly parse: Parser<T>
}

/** Throws an `Error` whose message ends a sentence that begins with the variable's name. */
interface Parser<T> {
  (value: string): T
  /** What it takes, for the reference. */
  readonly takes: string
}

function parser<T>(takes: string, parse: (value: string) => T): Parser<T> {
  return Object.assign((value: string) => parse(value), { takes })
}

const text = parser('text', (value) => value)
const optional = parser('text', (value) => (value === '' ? undefined : value))
const folder = parser('folder', (value) => path.resolve(value))
const optionalFolder = parser('folder', (value) => (value === '' ? undefined : path.resolve(value)))
const flag = parser('true or false', (value) => {
  if (value === 'true') return true
  if (value === 'false' || value === '') return false
  throw new Error('must be true or false')
})
const integer = (least: number, most: number) =>
  parser(`${least} to ${most}`, (value) => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < least || number > most)
      throw new Error(`must be a whole number from ${least} to ${most}`)
    return number
  })
const oneOf = <const T extends string>(...allowed: readonly T[]) =>
  parser(allowed.join(', '), (value): T => {
    const found = allowed.find((one) => one === value)
    if (found === undefined) throw new Error(`must be one of ${allowed.join(', ')}`)
    return found
  })
const list = parser('list', (value): readonly string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)
const basePath = parser('path', (value) => {
  if (value === '') return ''
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(value))
    throw new Error('must begin with a slash and not end with one, for example /lab')
  return value
})
const address = parser('address', (value) => {
  if (value === '') return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.username)
    throw new Error('must be an address without a path, for example https://lab.example.org')
  return url.origin
})
const hostName = parser('host name', (value) => {
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value))
    throw new Error('must be a host name, for example apps.lab.example.org')
  return value.toLowerCase()
})
const uri = (...protocols: readonly string[]) =>
  parser(protocols.map((protocol) => `${protocol}//…`).join(' or '), (value) => {
    if (value === '') return undefined
    if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol))
      throw new Error(`must be an address that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`)
    return value
  })
const runtime = parser('process', (value): 'process' => {
  if (value === 'process' || value === '') return 'process'
  if (['docker', 'local', 'kubernetes', 'k8s'].includes(value))
    throw new Error(`${value} is not part of this version; leave it out to run processes on this machine`)
  throw new Error('must be process')
})
const instanceKey = parser('32 bytes in base64', (value) => {
  if (value === '') return undefined
  if (Buffer.from(value, 'base64').length !== 32)
    throw new Error('must be 32 random bytes in base64, for example from: openssl rand -base64 32')
  return value
})

function setting<T>(declared: Setting<T>): Setting<T> {
  return declared
}

const settings = {
  port: setting({
    name: 'LAB_PORT',
    byDefault: '8091',
    meaning: 'The one port: pages, API, MLflow, workspaces and services. 0 takes a free one.',
    parse: integer(0, 65_535),
  }),
  gateway: setting({
    name: 'LAB_GATEWAY',
    byDefault: 'inside',
    meaning:
      'inside: the server has the port itself. apart: a second program, mllab gateway, has it, and what is open through it outlives a restart of the server.',
    parse: oneOf('inside', 'apart'),
  }),
  host: setting({
    name: 'LAB_HOST',
    byDefault: '127.0.0.1',
    meaning: 'Address to listen on; 0.0.0.0 for all.',
    parse: text,
  }),
  basePath: setting({
    name: 'LAB_BASE_URL',
    byDefault: '',
    meaning: 'Path prefix behind a proxy, without a slash at the end: /lab.',
    parse: basePath,
  }),
  publicUrl: setting({
    name: 'LAB_PUBLIC_URL',
    byDefault: '',
    meaning: 'The address people use, if it is not http://localhost with the port.',
    parse: address,
  }),
  appsHost: setting({
    name: 'LAB_APPS_HOST',
    byDefault: 'localhost',
    meaning:
      'Workspaces and services are at <name>.<this host>, each an origin of its own. Needs wildcard DNS unless it is localhost.',
    parse: hostName,
  }),
  extraHosts: setting({
    name: 'LAB_EXTRA_HOSTS',
    byDefault: '',
    meaning: 'Further host names the server answers for, separated by commas.',
    parse: list,
  }),
  trustedProxies: setting({
    name: 'LAB_TRUSTED_PROXIES',
    byDefault: '',
    meaning: 'Addresses whose X-Forwarded headers are believed, separated by commas.',
    parse: list,
  }),
  dataRoot: setting({
    name: 'LAB_DATA_ROOT',
    byDefault: path.join(os.homedir(), 'mllab'),
    meaning: 'Folder that holds everything: database, files, environments, workspaces.',
    parse: folder,
  }),
  freeSpaceMb: setting({
    name: 'LAB_FREE_SPACE_MB',
    byDefault: '256',
    meaning:
      'With less free than this on the disk of the data folder, uploads and metrics are refused, so that deleting goes on working.',
    parse: integer(0, 1_000_000),
  }),
  adminPassword: setting({
    name: 'LAB_ADMIN_PASSWORD',
    byDefault: '',
    secret: true,
    meaning: 'Password of the first administrator, admin. Without it the first start prints a setup link.',
    parse: optional,
  }),
  registrationOpen: setting({
    name: 'ALLOW_SELF_REGISTRATIONS',
    byDefault: 'true',
    meaning: 'Visitors may register an account.',
    parse: flag,
  }),
  sessionHours: setting({
    name: 'LAB_SESSION_HOURS',
    byDefault: '720',
    meaning: 'How long a login lasts.',
    parse: integer(1, 24 * 400),
  }),
  cookieDomain: setting({
    name: 'LAB_COOKIE_DOMAIN',
    byDefault: '',
    meaning: 'Domain of the session cookie. Leave empty: every host below it could then read and overwrite the cookie.',
    parse: optional,
  }),
  runtime: setting({
    name: 'SERVICES_RUNTIME',
    byDefault: 'process',
    meaning: 'Where workloads run. process: on this machine, for one trusting team.',
    parse: runtime,
  }),
  processIsolation: setting({
    name: 'LAB_PROCESS_ISOLATION',
    byDefault: 'auto',
    meaning:
      'Wall between workloads on the process runtime. namespaces: bubblewrap, each sees its own files and processes only. users: a system user for each project and person, when the server runs as root. none: all as the user of the server. auto takes the first that works here; the log of the start and the administration say which.',
    parse: oneOf('auto', 'none', 'users', 'namespaces'),
  }),
  warmPool: setting({
    name: 'LAB_WARM_POOL',
    byDefault: 'true',
    meaning:
      'On the process runtime a workspace that has run leaves one ready for the next: it opens in a tenth of the time and takes about 60 MB. Never below 4 GB of memory, nor with own namespaces.',
    parse: flag,
  }),
  imagesRoot: setting({
    name: 'LAB_IMAGES_ROOT',
    byDefault: '',
    meaning: 'Folder of the images that workloads run, one folder with an image.json each; the shipped ones if empty.',
    parse: optionalFolder,
  }),
  prepareImages: setting({
    name: 'LAB_PREPARE_IMAGES',
    byDefault: 'mllab/workspace,mllab/model-server',
    meaning:
      'Images made ready in the background when the server starts, so that the first workspace opens at once. Empty for none.',
    parse: list,
  }),
  python: setting({
    name: 'LAB_PYTHON',
    byDefault: '',
    meaning: 'Python interpreter for environments (3.10 to 3.13); the first suitable one on this machine if empty.',
    parse: optional,
  }),
  uv: setting({
    name: 'LAB_UV',
    byDefault: '',
    meaning: 'Path of the uv program that builds environments; fetched if empty and not on the PATH.',
    parse: optional,
  }),
  workspaceSuspendMinutes: setting({
    name: 'LAB_WORKSPACE_SUSPEND_MINUTES',
    byDefault: '60',
    meaning:
      'A workspace nobody uses for so long is suspended until it is used again; 0 for never. Profiles may differ.',
    parse: integer(0, 525_600),
  }),
  workspaceStopHours: setting({
    name: 'LAB_WORKSPACE_STOP_HOURS',
    byDefault: '72',
    meaning: 'A workspace nobody uses for so long is stopped; its files stay. 0 for never. Profiles may differ.',
    parse: integer(0, 87_600),
  }),
  workspaceDays: setting({
    name: 'LAB_WORKSPACE_DAYS',
    byDefault: '0',
    meaning:
      'Days a workspace lives; then it is stopped, and deleted a week later unless it is kept. 0 for ever. Profiles may differ.',
    parse: integer(0, 3650),
  }),
  documentQuotaMb: setting({
    name: 'LAB_DOCUMENT_QUOTA_MB',
    byDefault: '256',
    meaning: 'How many megabytes of JSON documents a project may store.',
    parse: integer(1, 1_000_000),
  }),
  postgresUri: setting({
    name: 'POSTGRES_CONNECTION_URI',
    byDefault: '',
    secret: true,
    meaning: 'PostgreSQL 15 or newer: postgres://user:password@host/database. Embedded SQLite if empty.',
    parse: uri('postgres:', 'postgresql:'),
  }),
  s3Endpoint: setting({
    name: 'S3_ENDPOINT',
    byDefault: '',
    meaning: 'S3-compatible object storage. Files below the data root if empty.',
    parse: uri('http:', 'https:'),
  }),
  s3AccessKey: setting({
    name: 'S3_ACCESS_KEY',
    byDefault: '',
    meaning: 'Access key of the object storage.',
    parse: optional,
  }),
  s3SecretKey: setting({
    name: 'S3_SECRET_KEY',
    byDefault: '',
    secret: true,
    meaning: 'Secret key of the object storage.',
    parse: optional,
  }),
  s3Bucket: setting({
    name: 'S3_BUCKET',
    byDefault: 'mllab',
    meaning: 'Bucket of the object storage; made if it does not exist.',
    parse: text,
  }),
  s3Region: setting({
    name: 'S3_REGION',
    byDefault: 'us-east-1',
    meaning: 'Region of the object storage.',
    parse: text,
  }),
  keepDeletedDays: setting({
    name: 'LAB_KEEP_DELETED_DAYS',
    byDefault: '30',
    meaning:
      'Deleted datasets, runs, experiments and models can be restored for so long; after that they go for good, and a day later their bytes.',
    parse: integer(0, 3650),
  }),
  secretKey: setting({
    name: 'LAB_SECRET_KEY',
    byDefault: '',
    secret: true,
    meaning: 'Key that protects stored secrets, 32 bytes in base64. Made once and kept below the data root if empty.',
    parse: instanceKey,
  }),
  metricsToken: setting({
    name: 'LAB_METRICS_TOKEN',
    byDefault: '',
    secret: true,
    meaning: 'Bearer token with which a scraper may read /metrics; administrators always may.',
    parse: optional,
  }),
  logLevel: setting({
    name: 'LAB_LOG_LEVEL',
    byDefault: 'info',
    meaning: 'debug, info, warn or error.',
    parse: oneOf('debug', 'info', 'warn', 'error'),
  }),
  debug: setting({
    name: 'LAB_DEBUG',
    byDefault: 'false',
    meaning: 'true sets the log level to debug. Secrets stay masked.',
    parse: flag,
  }),
} as const

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
