import type { FlagSpec } from './specs.ts'

/** `--env <KEY=VALUE>`; a flag for a boolean takes no value. */
export function flagUsage({ name, schema }: FlagSpec): string {
  return schema.type === 'boolean' ? `--${name}` : `--${name} <${placeholder(name, schema)}>`
}

/** What the flag means, what it may be, what it is by default, in one line. */
export function flagHelp(flag: FlagSpec): string {
  const choices = flag.schema.enum ?? flag.schema.items?.enum
  const parts = [
    sentence(flag.description),
    choices ? `one of ${choices.join(', ')}` : '',
    flag.schema.type === 'array' || flag.schema.type === 'object' ? 'can be repeated' : '',
    flag.nullable ? 'null is possible' : '',
    flag.required ? requiredText(flag) : defaultText(flag.default),
  ]
  return parts.filter((part) => part !== '').join('; ')
}

/** Parameters of the path come by position too; the project is known from elsewhere. */
function requiredText({ place, field }: FlagSpec): string {
  if (place === 'path' && field === 'project') return 'default: LAB_PROJECT, then the one of mllab use'
  return place === 'path' ? '' : 'required'
}

function placeholder(name: string, schema: FlagSpec['schema']): string {
  if (schema.type === 'object') return 'KEY=VALUE'
  if (schema.type === 'integer' || schema.type === 'number') return 'number'
  if (schema.type === 'array') return schema.items?.type === 'object' ? 'json' : placeholder(name, schema.items ?? {})
  return schema.enum ? 'choice' : name === 'project' ? 'slug' : 'text'
}

function defaultText(value: unknown): string {
  const says = !['', false, undefined].includes(value as never) && JSON.stringify(value) !== '{}' // any value may be looked for
  return says ? `default ${typeof value === 'string' ? value : JSON.stringify(value)}` : ''
}

function sentence(description: string): string {
  return description.replaceAll('`', '').replace(/\.$/, '')
}
