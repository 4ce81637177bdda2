import type { ParameterValues, ProfileParameter, SecretUse } from '@mllab/sdk'
import type { Snippet } from '../../components/CodeBlock.tsx'
import { cliCommand } from '../code/cli.ts'
import { pythonRequest, shellRequest } from '../code/code.ts'
import { parseEnv } from '../workloads/env.ts'

/** A version of a dataset as a folder of the workspace; without a version the latest at the start. */
export interface WantedDataset {
  name: string
  version: number | null
  path: string
}

export interface WantedRepository {
  url: string
  branch: string
  secret: { name: string; from: 'project' | 'user' } | null
}

/** Null is as the profile or the server has it. */
export interface WantedLife {
  suspendAfterMinutes: number | null
  stopAfterHours: number | null
  daysToLive: number | null
}

/** The form for a new workspace. What is left empty is the server's choice. */
export interface StartInput {
  name: string
  /** Slug of a profile; null where an image is chosen, or neither. */
  profile: string | null
  parameters: ParameterValues
  image: string | null
  cpus: number | null
  memoryGb: number | null
  env: string
  secrets: readonly SecretUse[]
  datasets: readonly WantedDataset[]
  git: WantedRepository
  life: WantedLife
}

export const emptyInput: StartInput = {
  name: '',
  profile: null,
  parameters: {},
  image: null,
  cpus: null,
  memoryGb: null,
  env: '',
  secrets: [],
  datasets: [],
  git: { url: '', branch: '', secret: null },
  life: { suspendAfterMinutes: null, stopAfterHours: null, daysToLive: null },
}

/** The form as the API takes it: only what was said. */
export function startBody(input: StartInput) {
  const { env } = parseEnv(input.env)
  const life = known(input.life)
  const url = input.git.url.trim()
  const branch = input.git.branch.trim()
  return {
    ...(input.name.trim() === '' ? {} : { name: input.name.trim() }),
    ...(input.profile === null ? {} : { profile: input.profile }),
    ...(input.profile === null || isEmpty(input.parameters) ? {} : { parameters: input.parameters }),
    ...(input.profile !== null || input.image === null ? {} : { image: input.image }),
    ...known({ cpus: input.cpus, memoryGb: input.memoryGb }),
    ...(isEmpty(env) ? {} : { env }),
    ...(input.secrets.length === 0 ? {} : { secrets: [...input.secrets] }),
    ...(input.datasets.length === 0 ? {} : { datasets: input.datasets.map(datasetBody) }),
    ...(url === ''
      ? {}
      : {
          git: {
            url,
            ...(branch === '' ? {} : { branch }),
            ...(input.git.secret === null ? {} : { secret: input.git.secret }),
          },
        }),
    ...(isEmpty(life) ? {} : { life }),
  }
}

/** The form as code that does the same. */
export function startSnippets(input: StartInput, address: string, project: string): Snippet[] {
  const url = `${address}/api/projects/${project}/workspaces`
  const body = startBody(input)
  return [shellRequest(url, body), pythonRequest(url, body), cliCommand('workspaces create', { project, ...body })]
}

/** The name of a secret as the name of a variable. */
export const variableFor = (secret: string) => secret.replace(/^_+/, '').replace(/\W/g, '_')

/** What a parameter has: what was said, or its default. */
export const parameterValue = (parameter: ProfileParameter, values: ParameterValues) =>
  values[parameter.name] ?? parameter.default

/** A folder for a dataset: `photos` in `data/photos`, `tables/customers.csv` in `data/customers`. */
export const folderFor = (dataset: string) =>
  `data/${(dataset.split('/').at(-1) ?? dataset).replace(/(?<=.)\.[A-Za-z0-9]{1,8}$/, '')}`

/** A dataset as the API takes it. */
export const datasetBody = ({ name, version, path }: WantedDataset) => ({
  name,
  ...(version === null ? {} : { version }),
  path: path.trim(),
})

type Known<T> = { [K in keyof T]?: NonNullable<T[K]> }

/** The entries that are not null. */
function known<T extends object>(values: T): Known<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as Known<T> // what is null is gone
}

const isEmpty = (record: object) => Object.keys(record).length === 0
