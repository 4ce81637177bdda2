import { MlflowError } from './errors.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * The fields of a request, from its JSON body or its query, read one by one in MLflow's words. Unknown fields are ignored, absent and
 * null are the same, and integers may come as text, as protobuf writes them.
 */
export interface Input {
  /** Undefined if it is absent or empty. */
  text(name: string): string | undefined
  requiredText(name: string): string
  integer(name: string): number | undefined
  requiredInteger(name: string): number
  flag(name: string): boolean | undefined
  texts(name: string): string[]
  /** A list of messages. */
  inputs(name: string): Input[]
  input(name: string): Input | undefined
  /** A list of `{key, value}`. */
  pairs(name: string): { key: string; value: string }[]
  has(name: string): boolean
}

export function createInput(fields: Fields, path = ''): Input {
  const at = (name: string) => path + name
  const value = (name: string): unknown => fields[name] ?? undefined

  const text = (name: string): string | undefined => {
    const given = value(name)
    if (given === undefined || given === '') return undefined
    if (typeof given === 'string') return storable(given, at(name))
    // Clients of older versions send ids of experiments as numbers.
    if (typeof given === 'number' && Number.isSafeInteger(given)) return String(given)
    throw wrong(at(name), given)
  }

  const integer = (name: string): number | undefined => {
    const given = value(name)
    if (given === undefined || given === '') return undefined
    const parsed = typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : given
    if (typeof parsed === 'number' && Number.isSafeInteger(parsed)) return parsed
    throw wrong(at(name), given)
  }

  const list = (name: string): readonly unknown[] => {
    const given = value(name)
    if (given === undefined) return []
    // A query with one value of a repeated parameter looks like a single one.
    return Array.isArray(given) ? given : [given]
  }

  const inputs = (name: string): Input[] =>
    list(name).map((one, index) => {
      if (!isFields(one)) throw wrong(at(name), one)
      return createInput(one, `${at(name)}[${index}].`)
    })

  return {
    text,
    requiredText: (name) => {
      const given = text(name)
      if (given === undefined) throw missing(at(name))
      return given
    },
    integer,
    requiredInteger: (name) => {
      const given = integer(name)
      if (given === undefined) throw missing(at(name))
      return given
    },
    flag: (name) => {
      const given = value(name)
      if (given === undefined) return undefined
      if (given === true || given === 'true' || given === 'True') return true
      if (given === false || given === 'false' || given === 'False') return false
      throw wrong(at(name), given)
    },
    texts: (name) =>
      list(name).map((one) => {
        if (typeof one === 'number') return String(one)
        if (typeof one !== 'string') throw wrong(at(name), one)
        return storable(one, at(name))
      }),
    inputs,
    input: (name) => {
      const given = value(name)
      if (given === undefined) return undefined
      if (!isFields(given)) throw wrong(at(name), given)
      return createInput(given, `${at(name)}.`)
    },
    pairs: (name) => inputs(name).map((one) => ({ key: one.requiredText('key'), value: one.text('value') ?? '' })),
    has: (name) => value(name) !== undefined,
  }
}

/** The body of a request that is JSON; no body is an empty message. */
export function inputFromBody(body: unknown): Input {
  if (!(body instanceof Uint8Array) || body.byteLength === 0) return createInput({})
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(body).toString('utf8'))
  } catch (error) {
    throw new MlflowError('BAD_REQUEST', 'The request body is not valid JSON.', { cause: error })
  }
  if (parsed === null) return createInput({})
  if (!isFields(parsed)) throw new MlflowError('BAD_REQUEST', 'The request body must be a JSON object.')
  return createInput(parsed)
}

export function missing(name: string): MlflowError {
  return new MlflowError(
    'INVALID_PARAMETER_VALUE',
    `Missing value for required parameter '${name}'. See the API docs for more information about request parameters.`,
  )
}

function wrong(name: string, given: unknown): MlflowError {
  return new MlflowError(
    'INVALID_PARAMETER_VALUE',
    `Invalid value ${JSON.stringify(given)?.slice(0, 500)} for parameter '${name}' supplied.`,
  )
}

/** What a database would refuse or silently change. */
function storable(text: string, name: string): string {
  if (!text.includes('\0') && text.isWellFormed()) return text
  throw new MlflowError('INVALID_PARAMETER_VALUE', `The value of '${name}' contains a character that cannot be stored.`)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
