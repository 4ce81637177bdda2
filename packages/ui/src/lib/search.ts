/** What a page keeps in its address: words by name. Absent means the default. */
export type SearchParams = Record<string, string | readonly string[] | undefined>

/** The query of an address. Every value stays a text: a run named `1e3` is not a number. A name given twice is a list. */
export function parseSearch(query: string): SearchParams {
  const found: Record<string, string | string[]> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    const before = found[name]
    found[name] = before === undefined ? value : [before, value].flat()
  }
  return found
}

/** The inverse of parseSearch, with `?`, or nothing. Characters that may stand in a query stay readable. */
export function writeSearch(params: SearchParams): string {
  const pairs = Object.entries(params).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (one === undefined ? [] : [`${encode(name)}=${encode(String(one))}`])),
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

/** One value, the first if there are more. */
export function one(params: SearchParams, name: string): string | undefined {
  const value = params[name]
  return typeof value === 'string' || value === undefined ? value : value[0]
}

export function many(params: SearchParams, name: string): string[] {
  return [params[name] ?? []].flat()
}

// RFC 3986 allows these in a query; URLSearchParams reads them back.
const readable = /%(?:3A|2C|2F|40|3C|3E)/g
const encode = (text: string) => encodeURIComponent(text).replace(readable, decodeURIComponent).replaceAll('%20', '+')
