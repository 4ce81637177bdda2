import type { Snippet } from '../../components/CodeBlock.tsx'
import { parseEnv } from '../workloads/env.ts'
import { pythonRequest, shellRequest } from '../code/code.ts'

export interface StartInput {
  name: string
  image: string
  memoryGb: number | null
  env: string
}

/** The form as the API takes it; what is left empty is the server's choice. */
export function startBody(input: StartInput) {
  const { env } = parseEnv(input.env)
  return {
    ...(input.name.trim() === '' ? {} : { name: input.name.trim() }),
    image: input.image,
    ...(input.memoryGb === null ? {} : { memoryGb: input.memoryGb }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
  }
}

/** The form as code that does the same. */
export function startSnippets(input: StartInput, address: string, project: string): Snippet[] {
  const url = `${address}/api/projects/${project}/workspaces`
  return [shellRequest(url, startBody(input)), pythonRequest(url, startBody(input))]
}
