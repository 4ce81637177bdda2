import type { Snippet } from '../../components/CodeBlock.tsx'
import { slugOf } from '../../lib/slug.ts'
import { pythonRequest, shellRequest } from '../code/code.ts'
import { parseEnv } from '../workloads/env.ts'

export interface DeployInput {
  kind: 'model' | 'image'
  model: string
  /** `3`, or `@champion`; empty is the latest. */
  version: string
  image: string
  name: string
  memoryGb: number | null
  env: string
}

/** The form as the API takes it. */
export function deployBody(input: DeployInput) {
  const { env } = parseEnv(input.env)
  return {
    ...(input.name.trim() === '' ? {} : { name: input.name.trim() }),
    ...(input.kind === 'model'
      ? { model: { name: input.model, ...chosenVersion(input.version) } }
      : { image: input.image.trim() }),
    ...(input.memoryGb === null ? {} : { memoryGb: input.memoryGb }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
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

/** Where the service will answer, unless its name is taken. */
export function serviceUrl(input: DeployInput, address: string, project: string): string {
  const slug = slugOf(input.name) || slugOf(input.kind === 'model' ? input.model : input.image) || 'service'
  return `${address}/api/projects/${project}/services/${slug}/8080/`
}
