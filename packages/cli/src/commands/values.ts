import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'

import { Failure, UsageError } from '../failures.ts'
import { withoutNull, type Schema } from './schema.ts'
import type { FlagSpec } from './specs.ts'

/** Texts of flags as what they stand for: `@file` is the file's content, `-` what stdin has, `@@x` the text `@x`. */
export interface TextReader {
  text(given: string): Promise<string>
}

export function createTextReader(stdin: Readable): TextReader {
  let isRead = false
  return {
    text: async (given) => {
      if (given.startsWith('@@')) return given.slice(1)
      if (given.startsWith('@')) return withoutLastNewline(await readText(given.slice(1)))
      if (given !== '-') return given
      if (isRead) throw new UsageError('Only one value can be read from stdin.')
      isRead = true
      return withoutLastNewline(String(await buffer(stdin)))
    },
  }
}

/** The value of a flag from its texts; repeated flags fill lists and objects. Fails with a `UsageError` that names the flag. */
export async function valueOf(
  flag: Pick<FlagSpec, 'name' | 'schema' | 'nullable'>,
  given: readonly string[],
  reader: TextReader,
): Promise<unknown> {
  const texts = await Promise.all(given.map((text) => reader.text(text)))
  const last = texts.at(-1) ?? ''
  if (flag.nullable && last === 'null') return null
  if (flag.schema.type === 'array') return listOf(flag.name, flag.schema, texts)
  if (flag.schema.type === 'object') return objectOf(flag.name, flag.schema, texts)
  return scalarOf(flag.name, flag.schema, last)
}

/** JSON of a whole body. */
export function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`--${name} is not JSON: ${(error as Error).message}.`) // `JSON.parse` throws nothing else
  }
}

/** Either one JSON list, or one item for each time the flag was given. */
function listOf(name: string, schema: Schema, texts: readonly string[]): unknown {
  if (texts.length === 1 && texts[0]?.trimStart().startsWith('[')) return parseJson(name, texts[0])
  const items = schema.items ?? {}
  return texts.map((text) => (items.type === 'object' ? parseJson(name, text) : scalarOf(name, items, text)))
}

/** Either JSON, or `KEY=VALUE` for each time the flag was given. */
function objectOf(name: string, schema: Schema, texts: readonly string[]): unknown {
  if (texts.length === 1 && texts[0]?.trimStart().startsWith('{')) return parseJson(name, texts[0])
  return Object.fromEntries(
    texts.map((text) => {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
      if (key === undefined || value === undefined) throw new UsageError(`--${name} takes KEY=VALUE or JSON.`)
      return [key, scalarOf(`${name} ${key}`, propertyOf(name, schema, key), value)]
    }),
  )
}

function propertyOf(name: string, schema: Schema, key: string): Schema {
  const declared = schema.properties?.[key]
  if (declared) return withoutNull(declared).schema
  if (typeof schema.additionalProperties === 'object') return schema.additionalProperties
  throw new UsageError(`--${name} has no ${key}; there are ${Object.keys(schema.properties ?? {}).join(', ')}.`)
}

function scalarOf(name: string, schema: Schema, text: string): unknown {
  if (schema.enum && !schema.enum.includes(text))
    throw new UsageError(`--${name} is one of ${schema.enum.join(', ')}, not ${JSON.stringify(text)}.`)
  if (schema.type === 'number' || schema.type === 'integer') {
    if (text.trim() === '' || Number.isNaN(Number(text)))
      throw new UsageError(`--${name} is a number, not ${JSON.stringify(text)}.`)
    return Number(text)
  }
  if (schema.type === 'boolean') {
    if (text !== 'true' && text !== 'false') throw new UsageError(`--${name} is true or false.`)
    return text === 'true'
  }
  return text
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Failure(
      `${file} cannot be read: ${(error as Error).message}.`,
      'A text that begins with @ is given as @@.',
    ) // file errors are errors
  }
}

function withoutLastNewline(text: string): string {
  return text.replace(/\r?\n$/, '')
}
