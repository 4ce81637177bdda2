import type { Snippet } from '../../components/CodeBlock.tsx'

/** A command of `mllab` with the fields of a request as its flags; lists and records are JSON. */
export function cliCommand(words: string, fields: Readonly<Record<string, unknown>>): Snippet {
  const flags = Object.entries(fields).flatMap(([field, value]) => flagsOf(field, value))
  return { name: 'CLI', language: 'shell', code: [`mllab ${words}`, ...flags].join(' \\\n  ') }
}

function flagsOf(field: string, value: unknown): string[] {
  const flag = `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  if (Array.isArray(value)) return value.map((one) => `${flag} ${quoted(textOf(one))}`)
  return [`${flag} ${quoted(textOf(value))}`]
}

/** A text that begins with `@` would name a file, and `-` stdin. */
function textOf(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return value.startsWith('@') ? `@${value}` : value
}

/** As one word of a POSIX shell. */
const quoted = (text: string) => (/^[\w./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`)
