import type { ModelVersion } from '@mllab/sdk'

export type FieldKind = 'whole' | 'number' | 'boolean' | 'text' | 'json'

/** A field of the form that makes a request: a column of the model's signature. */
export interface TryField {
  name: string
  /** As the signature says it: `long`, `double`. */
  type: string
  kind: FieldKind
  optional: boolean
  /** What it begins with, as typed. */
  initial: string
}

type Signature = NonNullable<ModelVersion['signature']>

/** The fields of a model that takes columns; null if it takes tensors, or nobody knows what. */
export function fieldsOf(signature: Signature | null, example: unknown): TryField[] | null {
  if (signature === null || signature.inputs.length === 0) return null
  const row = exampleRow(example)
  const fields: TryField[] = []
  for (const { name, type, optional } of signature.inputs) {
    if (name === null) return null
    const kind = kindOf(type)
    fields.push({ name, type, kind, optional, initial: initialOf(row?.[name], kind, optional) })
  }
  return fields
}

/** What is wrong with a value, as the key of its words; null if nothing is. */
export function problemOfField(
  { kind, optional }: TryField,
  text: string,
): 'missing' | 'badNumber' | 'badWhole' | 'badJson' | null {
  const value = text.trim()
  if (value === '' && kind !== 'text') return optional ? null : 'missing'
  if (kind === 'number' && Number.isNaN(Number(value))) return 'badNumber'
  if (kind === 'whole' && !/^[+-]?\d+$/.test(value)) return 'badWhole'
  return kind === 'json' && parsed(value) === undefined ? 'badJson' : null
}

/** The request: one row of named values, as MLflow's scoring protocol has it. */
export function fieldsBody(fields: readonly TryField[], values: Readonly<Record<string, string>>): string {
  const row = fields.flatMap((field) => {
    const text = values[field.name] ?? field.initial
    if (field.optional && text.trim() === '') return []
    return [[field.name, valueOf(field.kind, text)] as const]
  })
  return JSON.stringify({ dataframe_records: [Object.fromEntries(row)] }, null, 2)
}

/** What can be sent to a model without named columns: its example, else a guess of the right form. */
export function exampleBody(example: unknown): string {
  if (Array.isArray(example)) return JSON.stringify({ inputs: example }, null, 2)
  if (typeof example === 'object' && example !== null) {
    if ('columns' in example && 'data' in example) return JSON.stringify({ dataframe_split: example }, null, 2)
    if ('inputs' in example || 'dataframe_split' in example || 'dataframe_records' in example || 'instances' in example)
      return JSON.stringify(example, null, 2)
    return JSON.stringify({ inputs: example }, null, 2)
  }
  return JSON.stringify({ inputs: [[0, 0]] }, null, 2)
}

export const isJson = (text: string) => parsed(text) !== undefined

function kindOf(type: string): FieldKind {
  if (/^(integer|long|int\d*|uint\d*)$/i.test(type)) return 'whole'
  if (/^(float\d*|double)$/i.test(type)) return 'number'
  if (/^bool(ean)?$/i.test(type)) return 'boolean'
  return /^(string|str|object|datetime|binary)/i.test(type) ? 'text' : 'json'
}

/** The first row of an input example: of a frame with columns, of records, or the record itself. */
function exampleRow(example: unknown): Record<string, unknown> | null {
  if (typeof example !== 'object' || example === null) return null
  if ('dataframe_split' in example) return exampleRow(example.dataframe_split)
  if ('dataframe_records' in example) return exampleRow(example.dataframe_records)
  if ('columns' in example && 'data' in example && Array.isArray(example.columns) && Array.isArray(example.data)) {
    const first: unknown = example.data[0]
    return Array.isArray(first)
      ? Object.fromEntries(example.columns.map((name, at) => [String(name), first[at]]))
      : null
  }
  const first: unknown = Array.isArray(example) ? example[0] : example
  return typeof first === 'object' && first !== null && !Array.isArray(first)
    ? (first as Record<string, unknown>)
    : null // what is left is a record
}

function initialOf(value: unknown, kind: FieldKind, optional: boolean): string {
  if (typeof value === 'string' && kind !== 'json') return value
  if (value !== undefined && value !== null) return JSON.stringify(value)
  if (optional) return ''
  return { whole: '0', number: '0', boolean: 'false', text: '', json: 'null' }[kind]
}

function valueOf(kind: FieldKind, text: string): unknown {
  if (kind === 'text') return text
  if (kind === 'boolean') return text === 'true'
  return kind === 'json' ? parsed(text) : Number(text)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
