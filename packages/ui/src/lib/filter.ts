/** One condition of a list, as typed: `status:running`, `params.eta < 0.1`, `max_depth:4..10`, or words to find. */
export type FilterTerm =
  | { kind: 'is'; field: string; value: string }
  | { kind: 'compare'; field: string; operator: Comparison; value: string }
  | { kind: 'range'; field: string; from: string; to: string }
  | { kind: 'text'; value: string }

export type Comparison = '<' | '<=' | '>' | '>=' | '!=' | '='

/** A field a list can be filtered by; values are offered while typing. */
export interface FilterField {
  name: string
  /** Word of the chip, where it differs from the name. */
  label?: string
  values?: readonly string[]
  hint?: string
}

const word = String.raw`"(?:\\.|[^"\\])*"|[^\s"]+`
const pieces = new RegExp(
  String.raw`([\p{L}_][\p{L}\p{N}_.@/-]*)(?::(?=\S)|\s*(<=|>=|!=|=|<|>)\s*)(${word})|(${word})|"`,
  'gu',
)

/** Reads what the address or a person wrote. Anything unreadable is text to find, never an error. */
export function parseFilter(input: string): FilterTerm[] {
  return [...input.matchAll(pieces)].flatMap(([all, field, operator, value, text]) => {
    if (field === undefined || value === undefined) return textTerm(unquote(text ?? all))
    if (operator !== undefined)
      return [{ kind: 'compare', field, operator: operator as Comparison, value: unquote(value) }] // the pattern allows no other
    const range = value.startsWith('"') ? null : /^(.+?)\.\.(.+)$/u.exec(value)
    if (range) return [{ kind: 'range', field, from: range[1] ?? '', to: range[2] ?? '' }]
    return [{ kind: 'is', field, value: unquote(value) }]
  })
}

/** The inverse of parseFilter, as it stands in the address. */
export function writeFilter(terms: readonly FilterTerm[]): string {
  return terms.map(writeTerm).join(' ')
}

export function writeTerm(term: FilterTerm): string {
  if (term.kind === 'text') return quote(term.value, /[\s":<>=!]/)
  if (term.kind === 'range') return `${term.field}:${term.from}..${term.to}`
  if (term.kind === 'is') return `${term.field}:${quote(term.value, /[\s"]|\.\./)}`
  return `${term.field} ${term.operator} ${quote(term.value, /[\s"]/)}`
}

/** How a chip reads: a faint field and a value. */
export function describeTerm(term: FilterTerm, fields: readonly FilterField[] = []): { field: string; value: string } {
  if (term.kind === 'text') return { field: '', value: term.value }
  const field = fields.find((candidate) => candidate.name === term.field)?.label ?? term.field
  if (term.kind === 'range') return { field, value: `${term.from} … ${term.to}` }
  return { field, value: term.kind === 'is' ? term.value : `${term.operator} ${term.value}` }
}

export interface Suggestion {
  /** What takes the place of the last word. */
  insert: string
  label: string
  hint?: string
  /** A whole term, to become a chip at once; else the value is still to be typed. */
  complete: boolean
}

/** What could follow the text typed so far: names of fields, or values of the field before the colon. */
export function suggest(typed: string, fields: readonly FilterField[], limit = 8): Suggestion[] {
  const last = /\S*$/u.exec(typed)?.[0] ?? ''
  const colon = last.indexOf(':')
  if (colon > 0) {
    const field = fields.find((candidate) => candidate.name === last.slice(0, colon))
    const start = last.slice(colon + 1).toLowerCase()
    return (field?.values ?? [])
      .filter((value) => value.toLowerCase().startsWith(start))
      .slice(0, limit)
      .map((value) => ({
        insert: writeTerm({ kind: 'is', field: field?.name ?? '', value }),
        label: value,
        complete: true,
      }))
  }
  return fields
    .filter((field) => field.name.toLowerCase().startsWith(last.toLowerCase()))
    .slice(0, limit)
    .map((field) => ({
      insert: `${field.name}:`,
      label: field.name,
      complete: false,
      ...(field.hint === undefined ? {} : { hint: field.hint }),
    }))
}

const textTerm = (value: string): FilterTerm[] => (value === '' ? [] : [{ kind: 'text', value }])
const quote = (value: string, needed: RegExp) => (value === '' || needed.test(value) ? JSON.stringify(value) : value)

function unquote(value: string): string {
  if (!value.startsWith('"')) return value
  try {
    return String(JSON.parse(value))
  } catch {
    return value.replaceAll('"', '')
  }
}
