import { openAsBlob } from 'node:fs'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'

import { UsageError } from '../failures.ts'
import type { CommandSpec, FlagSpec } from './specs.ts'
import { createTextReader, parseJson, valueOf } from './values.ts'

/** What was given on the command line, before it means anything. */
export interface Given {
  /** By name of the flag: texts, or a switch. */
  readonly flags: ReadonlyMap<string, readonly string[] | boolean>
  /** Parameters of the path by position, in its order without the project. */
  readonly positions: readonly string[]
  readonly json?: string
  /** Where the bytes of the body come from: a file, or `-`. */
  readonly from?: string
}

/** As the client takes it. */
export interface Input {
  readonly params: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly bytes?: Blob
}

/** Parameters of the path that may be given without their flag. */
export function positional({ flags, endpoint }: Pick<CommandSpec, 'flags' | 'endpoint'>): FlagSpec[] {
  const order = [...endpoint.path.matchAll(/\{(\w+)\*?\}/g)].map(([, name]) => name)
  return flags
    .filter(({ place, field }) => place === 'path' && field !== 'project')
    .toSorted((a, b) => order.indexOf(a.field) - order.indexOf(b.field))
}

/** Turns texts into values, and fails with a `UsageError` that names what is missing. */
export async function inputFrom(
  spec: CommandSpec,
  given: Given,
  stdin: Readable,
  defaultProject: () => string,
): Promise<Input> {
  const reader = createTextReader(stdin)
  const values: Record<FlagSpec['place'], Record<string, unknown>> = { path: {}, query: {}, body: {} }
  for (const flag of spec.flags) {
    const value = given.flags.get(flag.name)
    if (typeof value === 'boolean') values[flag.place][flag.field] = value
    else if (value) values[flag.place][flag.field] = await valueOf(flag, value, reader)
  }
  for (const [index, flag] of positional(spec).entries()) {
    const text = given.positions[index]
    if (text !== undefined) values.path[flag.field] ??= await valueOf(flag, [text], reader)
  }
  if (spec.flags.some(({ place, field }) => place === 'path' && field === 'project'))
    values.path['project'] ??= defaultProject()

  const whole = given.json === undefined ? {} : parseJson('json', await reader.text(given.json))
  const body = isObject(whole) ? { ...whole, ...values.body } : whole
  requireAll(spec, { path: values.path, query: values.query, body: isObject(body) ? body : undefined })
  return {
    params: values.path,
    query: values.query,
    ...(typeof spec.endpoint.body === 'object' ? { body } : {}),
    ...(spec.endpoint.body === 'bytes' ? { bytes: await bytesFrom(given.from, stdin) } : {}),
  }
}

function requireAll(
  spec: CommandSpec,
  values: Readonly<Record<FlagSpec['place'], Readonly<Record<string, unknown>> | undefined>>,
): void {
  const missing = spec.flags.filter(({ required, place, field }) => {
    const those = values[place]
    return required && those !== undefined && those[field] === undefined
  })
  if (missing.length > 0) throw new UsageError(`Missing: ${missing.map(({ name }) => `--${name}`).join(', ')}.`)
}

async function bytesFrom(from: string | undefined, stdin: Readable): Promise<Blob> {
  if (from === undefined) throw new UsageError('Missing: --from, a file or - for stdin.')
  return from === '-' ? new Blob([await buffer(stdin)]) : openAsBlob(from)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
