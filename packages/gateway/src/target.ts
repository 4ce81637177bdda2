export interface Target {
  /** Raw, as it was sent. */
  readonly path: string
  /** Raw, with its `?`, without `lab_token`; empty if there is none. */
  readonly query: string
  /** Value of `lab_token`, if it was there. */
  readonly queryToken: string | undefined
}

/** Printable ASCII without `#` and backslash. */
const TARGET_BYTES = /^[\x21\x22\x24-\x5b\x5d-\x7e]*$/
/** `.`, `..` and their encoded forms as a whole segment, with or without `;parameters`. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:(?:;|%3b)[^/]*)?(?:\/|$)/i
const ENCODED_NUL = /%00/

/**
 * Reads a request target. Undefined for everything an app could understand differently than we do: absolute and authority form,
 * `//`, backslashes, control and non-ASCII bytes, dot segments, encoded NULs.
 */
export function readTarget(url: string): Target | undefined {
  if (url.charCodeAt(0) !== 47 || url.charCodeAt(1) === 47 || !TARGET_BYTES.test(url)) return undefined
  const question = url.indexOf('?')
  const path = question === -1 ? url : url.slice(0, question)
  if (DOT_SEGMENT.test(path) || ENCODED_NUL.test(path)) return undefined
  const query = question === -1 ? '' : url.slice(question)
  return mayCarryToken(query) ? { path, ...takeToken(query) } : { path, query, queryToken: undefined }
}

/** A path on this host to come back to: no other host, nothing that changes meaning on the way. */
export function isReturnPath(candidate: string): boolean {
  return candidate.length <= 4096 && readTarget(candidate) !== undefined
}

/** True if the first segment is `.lab`, however it is written: such paths belong to the gateway. */
export function isReservedPath(path: string): boolean {
  return /^\/(?:\.|%2e)(?:l|%[46]c)(?:a|%[46]1)(?:b|%[46]2)(?:[/;]|%2f|%3b|$)/i.test(path)
}

function mayCarryToken(query: string): boolean {
  return query.includes('token') || query.includes('%')
}

function takeToken(query: string): { query: string; queryToken: string | undefined } {
  let queryToken: string | undefined
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => {
      const equals = pair.indexOf('=')
      const name = equals === -1 ? pair : pair.slice(0, equals)
      if (decoded(name) !== 'lab_token') return true
      queryToken = equals === -1 ? '' : decoded(pair.slice(equals + 1))
      return false
    })
  if (queryToken === undefined) return { query, queryToken }
  return { query: kept.length === 0 ? '' : `?${kept.join('&')}`, queryToken }
}

function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
