import { cell, title } from './cells.ts'
import { table } from './table.ts'

/** One thing as lines of `name  value`; what has parts of its own is indented below its name, lists of such as a table. */
export function fields(object: Readonly<Record<string, unknown>>, indent = ''): string {
  const keys = Object.keys(object)
  const width = Math.max(...keys.map((key) => title(key).length)) + 2
  return keys
    .map((key) => {
      const value = object[key]
      const short = isPlainPerson(value) || !isComposite(value) ? cell(key, value) : undefined
      return short === undefined
        ? `${indent}${title(key)}${below(value, `${indent}  `)}`
        : `${indent}${title(key).padEnd(width)}${short}`
    })
    .join('\n')
}

function below(value: unknown, indent: string): string {
  if (!Array.isArray(value)) return `\n${fields(value as Record<string, unknown>, indent)}` // only objects and lists are composite
  const rows = value.map((item: unknown) => (isComposite(item) ? (item as Record<string, unknown>) : { value: item })) // as above
  return `\n${table(rows, Infinity).replace(/^/gm, indent)}`
}

function isComposite(value: unknown): boolean {
  if (Array.isArray(value)) return cell('', value) === undefined
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

function isPlainPerson(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'username' in value && Object.keys(value).length <= 3
}
