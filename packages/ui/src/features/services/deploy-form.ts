import type { Snippet } from '../../components/CodeBlock.tsx'
import { slugOf } from '../../lib/slug.ts'
import { pythonRequest, shellRequest } from '../code/code.ts'
import { parseEnv } from '../workloads/env.ts'
import { type CodeInput, nameOfCode, sourceOf } from './code-source.ts'

export interface DeployInput {
  kind: 'model' | 'code' | 'image'
  model: string
  /** `3`, or `@champion`; empty is the latest. */
  version: string
  image: string
  code: CodeInput
  name: string
  memoryGb: number | null
  env: string
}

/** The form as the API takes it. */
export function deployBody(input: DeployInput) {
  const { env } = parseEnv(input.env)
  return {
    ...(input.name.trim() === '' ? {} : { name: input.name.trim() }),
    ...servedBody(input),
    ...(input.memoryGb === null ? {} : { memoryGb: input.memoryGb }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
  }
}

function servedBody({ kind, model, version, image, code }: DeployInput) {
  if (kind === 'model') return { model: { name: model, ...chosenVersion(version) } }
  if (kind === 'image') return { image: image.trim() }
  const health = code.health.trim()
  return {
    code: {
      source: sourceOf(code),
      ...(code.port === null ? {} : { port: code.port }),
      ...(health === '' ? {} : { health }),
    },
  }
}

function chosenVersion(version: string): { version?: number; alias?: string } {
  if (version.startsWith('@')) return { alias: version.slice(1) }
  return version === '' ? {} : { version: Number(version) }
}

/** The form as code that does the same. */
export function deploySnippets(input: DeployInput, address: string, project: string): Snippet[] {
  const url = `${address}/api/projects/${project}/services`
  return [shellRequest(url, deployBody(input)), pythonRequest(url, deployBody(input))]
}

/** A name made of what it serves. */
export function nameOf({ kind, model, image, code }: Pick<DeployInput, 'kind' | 'model' | 'image' | 'code'>): string {
  if (kind === 'model') return slugOf(model)
  return slugOf(kind === 'code' ? nameOfCode(code) : (image.split('/').at(-1) ?? '').replace(/:.*$/, ''))
}

/** Where the service will answer, unless its name is taken. `port` is the first one of the image. */
export function serviceUrl(input: DeployInput, address: string, project: string, port = 8080): string {
  const slug = slugOf(input.name) || nameOf(input) || 'service'
  const at = input.kind === 'code' ? (input.code.port ?? 8091) : port
  return `${address}/api/projects/${project}/services/${slug}/${at}/`
}
