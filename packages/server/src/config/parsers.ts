import path from 'node:path'

import { EnvName } from '@mllab/contract'

/** Throws an `Error` whose message ends a sentence that begins with the variable's name. */
export interface Parser<T> {
  (value: string): T
  /** What it takes, for the reference. */
  readonly takes: string
}

function parser<T>(takes: string, parse: (value: string) => T): Parser<T> {
  return Object.assign((value: string) => parse(value), { takes })
}

export const text = parser('text', (value) => value)
export const optional = parser('text', (value) => (value === '' ? undefined : value))
export const folder = parser('folder', (value) => path.resolve(value))
export const optionalFolder = parser('folder', (value) => (value === '' ? undefined : path.resolve(value)))
export const optionalFile = parser('file', (value) => (value === '' ? undefined : path.resolve(value)))
export const flag = parser('true or false', (value) => {
  if (value === 'true') return true
  if (value === 'false' || value === '') return false
  throw new Error('must be true or false')
})
export const integer = (least: number, most: number) =>
  parser(`${least} to ${most}`, (value) => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < least || number > most)
      throw new Error(`must be a whole number from ${least} to ${most}`)
    return number
  })
/** Undefined if empty. */
export const decimal = (least: number, most: number) =>
  parser(`${least} to ${most}`, (value) => {
    if (value === '') return undefined
    const number = Number(value)
    if (!/^\d+(\.\d+)?$/.test(value) || number < least || number > most)
      throw new Error(`must be a number from ${least} to ${most}`)
    return number
  })
export const oneOf = <const T extends string>(...allowed: readonly T[]) =>
  parser(allowed.join(', '), (value): T => {
    const found = allowed.find((one) => one === value)
    if (found === undefined) throw new Error(`must be one of ${allowed.join(', ')}`)
    return found
  })
export const list = parser('list', (value): readonly string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)
export const variables = parser('NAME=value, …', (value): Readonly<Record<string, string>> => {
  const entries = value.trimStart().startsWith('{') ? fromJson(value) : fromPairs(value)
  for (const [name, given] of entries) {
    if (!EnvName.safeParse(name).success)
      throw new Error(`must not name a variable ${JSON.stringify(name)}: letters, digits and underscore`)
    if (name.startsWith('LAB_')) throw new Error(`must not set ${name}: names that begin with LAB_ are the platform's`)
    if (typeof given !== 'string') throw new Error(`must give ${name} a text`)
  }
  return Object.fromEntries(entries) as Record<string, string> // looked at above
})
export const basePath = parser('path', (value) => {
  if (value === '') return ''
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(value))
    throw new Error('must begin with a slash and not end with one, for example /lab')
  return value
})
export const address = parser('address', (value) => {
  if (value === '') return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.username)
    throw new Error('must be an address without a path, for example https://lab.example.org')
  return url.origin
})
export const httpsUrl = parser('https://…', (value) => {
  if (!URL.canParse(value) || new URL(value).protocol !== 'https:')
    throw new Error('must be an address that begins with https://')
  return value
})
export const hostName = parser('host name', (value) => {
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value))
    throw new Error('must be a host name, for example apps.lab.example.org')
  return value.toLowerCase()
})
export const uri = (...protocols: readonly string[]) =>
  parser(protocols.map((protocol) => `${protocol}//…`).join(' or '), (value) => {
    if (value === '') return undefined
    if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol))
      throw new Error(`must be an address that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`)
    return value
  })
export const runtime = parser('process', (value): 'process' => {
  if (value === 'process' || value === '') return 'process'
  if (['docker', 'local', 'kubernetes', 'k8s'].includes(value))
    throw new Error(`${value} is not part of this version; leave it out to run processes on this machine`)
  throw new Error('must be process')
})
export const instanceKey = parser('32 bytes in base64', (value) => {
  if (value === '') return undefined
  if (Buffer.from(value, 'base64').length !== 32)
    throw new Error('must be 32 random bytes in base64, for example from: openssl rand -base64 32')
  return value
})

function fromJson(value: string): [string, unknown][] {
  try {
    return Object.entries(JSON.parse(value) as object) // it begins with a brace
  } catch {
    throw new Error('must be a JSON object, for example {"FOO":"BAR"}')
  }
}

function fromPairs(value: string): [string, unknown][] {
  return list(value).map((pair) => {
    const at = pair.indexOf('=')
    if (at < 1) throw new Error(`must be NAME=value, separated by commas, and ${JSON.stringify(pair)} is not`)
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
  })
}
