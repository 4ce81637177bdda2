import {
  contract,
  errorRegistry,
  type Access,
  type Endpoint,
  type ErrorCode,
} from '../../packages/contract/src/index.ts'
import { commandSpecs, kebab, type CommandSpec, type FlagSpec } from '../../packages/cli/src/index.ts'
import { code, markdownTable, page } from './markdown.ts'

/** Every endpoint by tag: who may call it, what it takes, what it answers. */
export function apiPage(): string {
  const specs = commandSpecs()
  const tags = [...new Set(specs.map(({ endpoint }) => endpoint.tag))]
  return page(
    'API',
    INTRODUCTION,
    tags.map((tag) => `- [${tag}](#${tag.toLowerCase()})`).join('\n'),
    ...tags.flatMap((tag) => [`## ${tag}`, ...specs.filter(({ endpoint }) => endpoint.tag === tag).map(section)]),
  )
}

const INTRODUCTION = `All of it is JSON below the address of the server, ${Object.values(contract).reduce((sum, group) => sum + Object.keys(group).length, 0)} endpoints. [openapi.json](openapi.json) says the same for machines, with
the schemas of bodies and answers; a running server answers with it at \`/api/openapi.json\`. Each endpoint is a command of \`mllab\`
([cli.md](cli.md)) and a function of the TypeScript client.

Send \`Authorization: Bearer mlp_…\`, or Basic with the token as password. Roles and scopes are in [permissions.md](permissions.md), what an
error means in [errors.md](errors.md). Besides those that are named, every endpoint may answer \`INVALID_INPUT\`, \`TOO_MANY_REQUESTS\`,
\`UNAVAILABLE\` and \`INTERNAL\`; those that are not open to anyone \`NOT_SIGNED_IN\` and \`FORBIDDEN\`; those of a project \`NOT_FOUND\`.

Lists answer \`{items, next}\`; \`next\` is the \`cursor\` of the next page, or null. A POST may carry an \`Idempotency-Key\`: repeated under the same key within a day it is answered as the first time, and carried out again only if the server was killed before it had answered. A PATCH may carry an \`If-Match\`.`

function section({ group, key, name, endpoint, flags }: CommandSpec): string {
  const facts = [
    `May call it: ${whoMay(endpoint.access)}.`,
    `Answers: ${answerOf(endpoint)}.`,
    ...(endpoint.errors?.length ? [`Errors: ${endpoint.errors.map(errorLink).join(', ')}.`] : []),
    `Command: ${code(`mllab ${kebab(group)} ${name}`)}.`,
  ]
  return [
    `### ${group}.${key}`,
    code(`${endpoint.method} ${endpoint.path.replace('*}', '}')}`),
    `${endpoint.summary}.`,
    facts.map((fact) => `- ${fact}`).join('\n'),
    ...(flags.length > 0 ? [markdownTable(['name', 'in', 'type', 'default', 'meaning'], flags.map(row))] : []),
    ...(endpoint.body === 'bytes' ? ['The body is the bytes themselves.'] : []),
  ].join('\n\n')
}

function row({ field, place, schema, nullable, required, default: byDefault, description }: FlagSpec): string[] {
  const type = typeText(schema) + (nullable ? ' or null' : '')
  const isGiven = byDefault === undefined || (typeof byDefault === 'object' && JSON.stringify(byDefault) === '{}')
  return [code(field), place, type, required ? 'required' : isGiven ? '' : code(JSON.stringify(byDefault)), description]
}

function typeText({ type, enum: choices, items, properties, additionalProperties }: FlagSpec['schema']): string {
  if (choices) return choices.map(code).join(', ')
  if (type === 'array') return `list of ${typeText(items ?? {})}`
  if (properties) return `{ ${Object.keys(properties).map(code).join(', ')} }`
  if (typeof additionalProperties === 'object') return `names to ${typeText(additionalProperties)}`
  return [type ?? 'any'].flat().join(' or ')
}

function whoMay(access: Access): string {
  if (access.who === 'anyone') return 'anyone'
  if (access.who === 'administrator') return 'administrators'
  if (access.who === 'signed-in') return `who is signed in, by token with ${code(access.scope)}`
  return `members with ${code(access.action)}`
}

function answerOf({ success }: Endpoint): string {
  if (success.body === undefined) return `${success.status}, nothing`
  return `${success.status}, ${success.body === 'bytes' ? 'bytes' : 'JSON'}`
}

function errorLink(errorCode: ErrorCode): string {
  return `[${errorCode}](errors.md#${errorCode}) (${errorRegistry[errorCode].status})`
}
