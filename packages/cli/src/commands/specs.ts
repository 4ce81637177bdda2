import { contract, openApi, type Endpoint } from '@mllab/sdk'

import { withoutNull, type Schema } from './schema.ts'

/** A flag: a parameter of the path or the query, or a field of the body. */
export interface FlagSpec {
  /** `memory-gb`. */
  readonly name: string
  /** `memoryGb`. */
  readonly field: string
  readonly place: 'path' | 'query' | 'body'
  readonly schema: Schema
  readonly nullable: boolean
  readonly required: boolean
  readonly default: unknown
  readonly description: string
}

/** A command, made from an endpoint of the contract. */
export interface CommandSpec {
  /** Keys in the contract, and of the client. */
  readonly group: string
  readonly key: string
  /** `setup-facts`. */
  readonly name: string
  readonly endpoint: Endpoint
  readonly flags: readonly FlagSpec[]
}

/** The shape of our own OpenAPI document. */
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly operationId: string
  readonly parameters: readonly {
    readonly name: string
    readonly in: 'path' | 'query'
    readonly required: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}

export const groups: readonly string[] = Object.keys(contract).map(kebab)

/** Names of a group's commands, which is quick. */
export function commandNames(group: string): string[] {
  const found = Object.entries(contract).find(([name]) => kebab(name) === group)
  return Object.keys(found?.[1] ?? {}).map(kebab)
}

/** The commands of the groups of these names, as the API's own document describes them. */
export function commandSpecs(names: readonly string[] = groups): CommandSpec[] {
  const wanted = Object.entries(contract).filter(([group]) => names.includes(kebab(group)))
  const operations = operationsOf(Object.fromEntries(wanted))
  return wanted.flatMap(([group, endpoints]) =>
    Object.entries<Endpoint>(endpoints).map(([key, endpoint]) => {
      const operation = operations.get(`${group}.${key}`)
      if (!operation) throw new Error(`${group}.${key} is not in the OpenAPI document`)
      return { group, key, name: kebab(key), endpoint, flags: flagsOf(operation) }
    }),
  )
}

/** `beginUpload` is `begin-upload`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function operationsOf(part: Readonly<Record<string, Readonly<Record<string, Endpoint>>>>): Map<string, Operation> {
  const document = openApi(part, '') as unknown as OpenApi // made by our own function
  const all = Object.values(document.paths).flatMap((methods) => Object.values(methods))
  return new Map(all.map((operation) => [operation.operationId, operation]))
}

function flagsOf({ parameters, requestBody }: Operation): FlagSpec[] {
  const body = requestBody?.content['application/json']?.schema
  return [
    ...parameters.map((parameter) => flag(parameter.name, parameter.in, parameter.schema, parameter.required)),
    ...Object.entries(body?.properties ?? {}).map(([field, schema]) =>
      flag(field, 'body', schema, body?.required?.includes(field) === true),
    ),
  ]
}

function flag(field: string, place: FlagSpec['place'], given: Schema, required: boolean): FlagSpec {
  const { schema, nullable } = withoutNull(given)
  return {
    name: kebab(field),
    field,
    place,
    schema,
    nullable,
    required,
    default: given.default,
    description: given.description ?? schema.description ?? '',
  }
}
