import { z } from 'zod'

import type { BodySchema, Endpoint } from './endpoint.ts'
import { errorRegistry, type ErrorCode } from './errors.ts'
import { namedSchemas } from './named-schemas.ts'

type Json = Record<string, unknown>

const alwaysPossible: readonly ErrorCode[] = ['INVALID_INPUT', 'INTERNAL']
const signedInErrors: readonly ErrorCode[] = ['NOT_SIGNED_IN', 'FORBIDDEN']

/** The OpenAPI 3.1 document of a contract: `{ group: { name: endpoint } }`. Operation ids are `group.name`. */
export function openApi(contract: Readonly<Record<string, Readonly<Record<string, Endpoint>>>>, version: string): Json {
  const paths: Record<string, Json> = {}
  for (const [group, endpoints] of Object.entries(contract))
    for (const [name, endpoint] of Object.entries(endpoints)) {
      const path = endpoint.path.replace('*}', '}')
      ;(paths[path] ??= {})[endpoint.method.toLowerCase()] = operation(`${group}.${name}`, endpoint)
    }
  return {
    openapi: '3.1.0',
    info: { title: 'ML Lab', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { basic: [] }, { cookie: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token, `mlp_…`' },
        basic: { type: 'http', scheme: 'basic', description: 'Any user name, the token as password' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-lab',
          description: 'Session of a browser; the name ends in the port',
        },
      },
      schemas: { Problem: problemSchema, ...components() },
    },
  }
}

function operation(operationId: string, endpoint: Endpoint): Json {
  const anyone = endpoint.access.who === 'anyone'
  const codes = [
    ...alwaysPossible,
    ...(anyone ? [] : signedInErrors),
    ...(endpoint.access.who === 'member' ? (['NOT_FOUND'] as const) : []),
    ...(endpoint.errors ?? []),
  ]
  const body = content(endpoint.body, 'input')
  const answer = content(endpoint.success.body, 'output')
  const accepted = content(endpoint.accepted, 'output')
  return {
    operationId,
    summary: endpoint.summary,
    tags: [endpoint.tag],
    ...(anyone ? { security: [] } : {}),
    'x-access': endpoint.access,
    parameters: [...parameters(endpoint.params, 'path'), ...parameters(endpoint.query, 'query')],
    ...(body ? { requestBody: { required: true, content: body } } : {}),
    responses: {
      [endpoint.success.status]: { description: 'Success', ...(answer ? { content: answer } : {}) },
      ...(accepted
        ? {
            202: {
              description: 'It takes long: what to look at until it has ended',
              headers: { Location: { description: 'Where to look', schema: { type: 'string' } } },
              content: accepted,
            },
          }
        : {}),
      ...errorResponses(codes),
    },
  }
}

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return []
  const json = jsonSchema(schema, 'input', plainly) as {
    properties?: Record<string, Json>
    required?: string[]
  } // the shape JSON Schema gives objects
  return Object.entries(json.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (json.required ?? []).includes(name),
    ...(typeof property['description'] === 'string' ? { description: property['description'] } : {}),
    schema: property,
  }))
}

type Override = (context: { zodSchema: z.core.$ZodTypes; jsonSchema: Json }) => void

function jsonSchema(schema: z.ZodType, io: 'input' | 'output', override: Override): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override })
  return json
}

const names = new Map<unknown, string>(Object.entries(namedSchemas).map(([name, schema]) => [schema, name]))

/** What answers are made of, by name; they refer to each other. */
function components(): Record<string, Json> {
  return Object.fromEntries(Object.entries(namedSchemas).map(([name, schema]) => [name, answerSchema(schema, name)]))
}

/** Schemas with a name are referred to by it, but for the one that is described. */
function answerSchema(schema: z.ZodType, described?: string): Json {
  return jsonSchema(schema, 'output', (context) => {
    const name = names.get(context.zodSchema)
    if (name === undefined || name === described) return plainly(context)
    for (const key of Object.keys(context.jsonSchema)) delete context.jsonSchema[key]
    context.jsonSchema['$ref'] = `#/components/schemas/${name}`
  })
}

/**
 * Without what only repeats: the pattern of a known format, the range of whole numbers. And `z.stringbool()` reads text, but what a caller
 * means is a boolean, whose default zod leaves out since it is not text.
 */
function plainly({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: Json }): void {
  if (jsonSchema['format'] === 'date-time' || jsonSchema['format'] === 'uuid') delete jsonSchema['pattern']
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum']
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum']
  const def = zodSchema._zod.def
  const inner = def.type === 'default' ? (def.innerType as z.core.$ZodTypes)._zod.def : def // every schema is one of these
  if (inner.type !== 'pipe' || inner.out._zod.def.type !== 'boolean') return
  jsonSchema['type'] = 'boolean'
  if (def.type === 'default') jsonSchema['default'] = def.defaultValue
}

function content(schema: BodySchema, io: 'input' | 'output'): Json | undefined {
  if (schema === undefined) return undefined
  if (schema === 'bytes') return { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
  return { 'application/json': { schema: io === 'output' ? answerSchema(schema) : jsonSchema(schema, io, plainly) } }
}

function errorResponses(codes: readonly ErrorCode[]): Json {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of new Set(codes))
    byStatus.set(errorRegistry[code].status, [...(byStatus.get(errorRegistry[code].status) ?? []), code])
  return Object.fromEntries(
    [...byStatus].map(([status, sameStatus]) => [
      status,
      {
        description: sameStatus.map((code) => `\`${code}\`: ${errorRegistry[code].title}`).join('; '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  )
}

const problemSchema: Json = {
  type: 'object',
  description: 'RFC 9457 problem details',
  required: ['type', 'code', 'title', 'status', 'detail', 'fix', 'fields', 'requestId'],
  properties: {
    type: { type: 'string' },
    code: { type: 'string', enum: Object.keys(errorRegistry) },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened' },
    fix: { type: 'string', description: 'What to do' },
    fields: {
      type: 'array',
      items: { type: 'object', properties: { field: { type: 'string' }, message: { type: 'string' } } },
    },
    requestId: { type: 'string' },
  },
}
