import { isLabError } from '@mllab/contract'
import type { ModelVersion } from '@mllab/contract'
import { parse } from 'yaml'

import type { Trees } from '../../files/files.ts'
import type { ModelFiles } from './sources.ts'

/** What the files of a model say about it: `MLmodel`, `requirements.txt`, `python_env.yaml` or `conda.yaml`, the input example. */
export interface ModelFacts {
  readonly flavors: string[]
  readonly signature: ModelVersion['signature']
  readonly example: unknown
  readonly requirements: string[]
  readonly python: string | null
}

const nothing: ModelFacts = { flavors: [], signature: null, example: null, requirements: [], python: null }
const LONGEST_FILE_BYTES = 1024 * 1024
const LONGEST_EXAMPLE_BYTES = 256 * 1024
const KEPT = 1000

/** Facts are kept by the content of the `MLmodel` file: a list of versions would else read four files a row. */
export function createModelFiles(trees: Trees) {
  const kept = new Map<string, ModelFacts>()

  const text = async (
    { tree, folder }: ModelFiles,
    name: string,
    limit = LONGEST_FILE_BYTES,
  ): Promise<string | undefined> => {
    const path = folder === '' ? name : `${folder}/${name}`
    const entry = await trees.entry(tree, path)
    if (!entry || entry.sizeBytes > limit) return undefined
    const { stream } = await trees.open(tree, path)
    const parts: Uint8Array[] = []
    for await (const part of stream as AsyncIterable<Uint8Array>) parts.push(part) // a stream of bytes
    return Buffer.concat(parts).toString('utf8')
  }

  const read = async (files: ModelFiles): Promise<ModelFacts> => {
    const description = record(yaml(await text(files, 'MLmodel')))
    if (!description) return nothing
    const example = record(description['saved_input_example_info'])?.['artifact_path']
    const [requirements, pythonEnv, conda, exampleText] = await Promise.all([
      text(files, 'requirements.txt'),
      text(files, 'python_env.yaml'),
      text(files, 'conda.yaml'),
      typeof example === 'string' ? text(files, example, LONGEST_EXAMPLE_BYTES) : undefined,
    ])
    return {
      flavors: Object.keys(record(description['flavors']) ?? {}),
      signature: signatureOf(record(description['signature'])),
      example: json(exampleText) ?? null,
      requirements: requirementsOf(requirements, conda),
      python: pythonOf(pythonEnv, conda, description),
    }
  }

  return {
    facts: async (files: ModelFiles | undefined): Promise<ModelFacts> => {
      if (!files) return nothing
      try {
        const entry = await trees.entry(files.tree, files.folder === '' ? 'MLmodel' : `${files.folder}/MLmodel`)
        if (!entry) return nothing
        const key = JSON.stringify([files.tree, files.folder, entry.sha256])
        const known = kept.get(key)
        if (known) return known
        const facts = await read(files)
        if (kept.size >= KEPT) kept.clear()
        kept.set(key, facts)
        return facts
      } catch (error) {
        // A source with a path that cannot be one, or a file that went meanwhile: the version has no facts then.
        if (isLabError(error, 'INVALID_INPUT') || isLabError(error, 'NOT_FOUND')) return nothing
        throw error
      }
    },

    sizeBytes: async (files: ModelFiles | undefined): Promise<number> => {
      if (!files) return 0
      if (files.folder === '') return (await trees.usage(files.tree)).sizeBytes
      let sizeBytes = 0
      let after: string | undefined
      for (;;) {
        const entries = await trees.walk(files.tree, files.folder, { limit: 1000, ...(after ? { after } : {}) })
        for (const entry of entries) sizeBytes += entry.sizeBytes
        after = entries.at(-1)?.path
        if (entries.length < 1000 || after === undefined) return sizeBytes
      }
    },
  }
}

/** `inputs` and `outputs` are JSON inside the YAML: a list of columns, or of tensors. */
function signatureOf(signature: Record<string, unknown> | undefined): ModelVersion['signature'] {
  if (!signature) return null
  const columns = (side: string): Record<string, unknown>[] => {
    const given = signature[side]
    const parsed = typeof given === 'string' ? json(given) : given
    if (!Array.isArray(parsed)) return []
    return parsed.map(record).filter((column) => column !== undefined)
  }
  return {
    inputs: columns('inputs').map((column) => ({
      name: nameOf(column),
      type: typeOf(column),
      optional: column['required'] === false || column['optional'] === true,
    })),
    outputs: columns('outputs').map((column) => ({ name: nameOf(column), type: typeOf(column) })),
  }
}

function nameOf(column: Record<string, unknown>): string | null {
  return typeof column['name'] === 'string' ? column['name'] : null
}

function typeOf(column: Record<string, unknown>): string {
  const tensor = record(column['tensor-spec'])
  if (tensor) {
    const shape = Array.isArray(tensor['shape']) ? `[${tensor['shape'].map(String).join(', ')}]` : ''
    return `${String(tensor['dtype'])}${shape}`
  }
  const type = column['type']
  if (type === 'array') return `array of ${typeOf(record(column['items']) ?? {})}`
  return typeof type === 'string' ? type : 'unknown'
}

function requirementsOf(requirements: string | undefined, conda: string | undefined): string[] {
  if (requirements !== undefined)
    return requirements
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
  return dependencies(conda).flatMap((one) => {
    const pip = record(one)?.['pip']
    return Array.isArray(pip) ? pip.map(String) : []
  })
}

function pythonOf(
  pythonEnv: string | undefined,
  conda: string | undefined,
  description: Record<string, unknown>,
): string | null {
  const named = record(yaml(pythonEnv))?.['python']
  if (typeof named === 'string' || typeof named === 'number') return String(named)
  for (const one of dependencies(conda)) {
    const version = typeof one === 'string' ? /^python\s*==?\s*([\d.]+)/.exec(one)?.[1] : undefined
    if (version) return version
  }
  const loader = record(record(description['flavors'])?.['python_function'])?.['python_version']
  return typeof loader === 'string' ? loader : null
}

function dependencies(conda: string | undefined): readonly unknown[] {
  const listed = record(yaml(conda))?.['dependencies']
  return Array.isArray(listed) ? listed : []
}

/** What users upload need not be YAML or JSON. */
function yaml(source: string | undefined): unknown {
  if (source === undefined) return undefined
  try {
    return parse(source, { maxAliasCount: 100 })
  } catch {
    return undefined
  }
}

function json(source: string | undefined): unknown {
  if (source === undefined) return undefined
  try {
    return JSON.parse(source)
  } catch {
    return undefined
  }
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
