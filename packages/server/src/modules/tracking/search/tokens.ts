import { invalid } from '../values.ts'

export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly raw: string }
  /** Quoted by ' or ". Double quotes may also quote a name. */
  | { readonly kind: 'text'; readonly text: string; readonly raw: string; readonly quote: "'" | '"' }
  | { readonly kind: 'operator'; readonly text: string; readonly raw: string }
  | { readonly kind: 'mark'; readonly text: '(' | ')' | ','; readonly raw: string }

const space = /\s+/y
const mark = /[(),]/y
const operator = /!=|<>|<=|>=|=|<|>/y
const text = /'(?:[^']|'')*'|"(?:[^"]|"")*"/y
/** A name with its entity: bare, or with a quoted part, which may hold anything: metrics.`val loss`, params."a b". */
const word = /(?:[^\s=!<>(),'"`]+(?:`[^`]*`|"[^"]*")?|`[^`]*`)/y

/** Cuts a filter or an order into its parts. Throws `INVALID_INPUT` for a quote that is never closed. */
export function tokens(source: string): Token[] {
  const found: Token[] = []
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const match = pattern.exec(source)?.[0]
    if (match !== undefined) at += match.length
    return match
  }
  while (at < source.length) {
    if (take(space) !== undefined) continue
    const one = next(take)
    if (!one) throw invalid(`Invalid filter '${source}'. Could not be parsed near '${source.slice(at, at + 30)}'.`)
    found.push(one)
  }
  return found
}

function next(take: (pattern: RegExp) => string | undefined): Token | undefined {
  const punctuation = take(mark)
  if (punctuation === '(' || punctuation === ')' || punctuation === ',')
    return { kind: 'mark', text: punctuation, raw: punctuation }
  const comparison = take(operator)
  if (comparison !== undefined)
    return { kind: 'operator', text: comparison === '<>' ? '!=' : comparison, raw: comparison }
  const quoted = take(text)
  if (quoted !== undefined) {
    const quote = quoted.startsWith("'") ? "'" : '"'
    return { kind: 'text', quote, text: quoted.slice(1, -1).replaceAll(quote + quote, quote), raw: quoted }
  }
  const name = take(word)
  return name === undefined ? undefined : { kind: 'word', text: name, raw: name }
}
