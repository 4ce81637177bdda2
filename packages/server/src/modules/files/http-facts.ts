/** Pieces of HTTP that downloads and uploads of bytes need. */

export type Range = { readonly start: number; readonly end: number } | 'unsatisfiable' | undefined

/**
 * The bytes a `Range` header asks for, `end` inclusive. Undefined, which means all of them, if there is none, if it is not understood, or
 * if it names several ranges (RFC 9110, 14.2: a server may ignore it).
 */
export function parseRange(header: string | undefined, sizeBytes: number): Range {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const [first, last] = [match[1] ?? '', match[2] ?? '']
  if (first === '') {
    const suffix = Math.min(Number(last), sizeBytes)
    return suffix === 0 ? 'unsatisfiable' : { start: sizeBytes - suffix, end: sizeBytes - 1 }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  if (start >= sizeBytes) return 'unsatisfiable'
  return { start, end: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) }
}

/** Does `If-None-Match` name this tag? Weakly compared (RFC 9110, 13.1.2). */
export function namesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '')
  return header.trim() === '*' || header.split(',').some((tag) => opaque(tag) === opaque(etag))
}

/** The SHA-256 in lower-case hex of a `Content-Digest` header (RFC 9530); undefined if it has none; null if that is not one. */
export function digestOf(header: string | undefined): string | null | undefined {
  const member = header?.split(',').find((part) => part.trim().startsWith('sha-256='))
  if (member === undefined) return undefined
  const base64 = /^sha-256=:([A-Za-z0-9+/]{43}=):$/.exec(member.trim())?.[1]
  return base64 === undefined ? null : Buffer.from(base64, 'base64').toString('hex')
}

/** `Content-Disposition` that saves under this name, whatever characters it has (RFC 6266, RFC 8187). */
export function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}

const INERT = new Set([
  'text/plain',
  'text/csv',
  'text/markdown',
  'text/tab-separated-values',
  'application/json',
  'application/x-ndjson',
  'application/yaml',
  'application/zip',
  'application/gzip',
  'application/x-tar',
  'application/vnd.apache.parquet',
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
])

/** The type users said a file has, if nothing of that type can act in a browser; else only bytes. */
export function inertType(contentType: string | null): string {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
  return INERT.has(type) ? type : 'application/octet-stream'
}

/** Headers of bytes users made: saved and never shown, and without any power should a browser show them all the same. */
export function downloadHeaders(name: string, contentType: string | null): Record<string, string> {
  return {
    'content-type': inertType(contentType),
    'content-disposition': attachment(name),
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    // To be asked each time, for who may see it can change; the tag makes that cheap.
    'cache-control': 'private, no-cache',
  }
}
