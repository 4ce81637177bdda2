import type { Parser } from './parsers.ts'

/** A setting of the server: an environment variable with its type, default and meaning. All of them stand in this folder, and nowhere else. */
export interface Setting<T> {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly meaning: string
  /** As a person would write it; empty if there is none. */
  readonly byDefault: string
  readonly secret?: boolean
  readonly parse: Parser<T>
}

export function setting<T>(declared: Setting<T>): Setting<T> {
  return declared
}
