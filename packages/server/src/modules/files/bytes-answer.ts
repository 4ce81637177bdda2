import { Readable } from 'node:stream'

import type { ByteRange } from '../../ports/objects.ts'
import type { BytesAnswer } from '../access/access.ts'
import { downloadHeaders, namesTag, parseRange } from './http-facts.ts'

/** What a request says of the bytes it wants. */
export interface BytesRequest {
  readonly method?: string
  readonly range?: string | undefined
  readonly ifRange?: string | undefined
  readonly ifNoneMatch?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Bytes that never change under their hash, to be saved under a name. */
export interface Downloadable {
  readonly name: string
  readonly contentType: string | null
  readonly sizeBytes: number
  readonly sha256: string
  open(range: Required<ByteRange>): Promise<Readable>
}

/** The answer to a download: all of it or a range, nothing if the client has it, and nothing a browser could run. */
export async function answerBytes(file: Downloadable, request: BytesRequest): Promise<BytesAnswer> {
  const { sizeBytes } = file
  const etag = `"${file.sha256}"`
  const headers = { ...downloadHeaders(file.name, file.contentType), etag, 'accept-ranges': 'bytes' }
  if (namesTag(request.ifNoneMatch, etag)) return { status: 304, headers, stream: nothing() }
  const unchanged = request.ifRange === undefined || request.ifRange === etag
  const range = unchanged ? parseRange(request.range, sizeBytes) : undefined
  if (range === 'unsatisfiable')
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${sizeBytes}` }, stream: nothing() }
  const { start, end } = range ?? { start: 0, end: sizeBytes - 1 }
  const wanted = request.method !== 'HEAD' && sizeBytes > 0
  return {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      'content-length': String(end - start + 1),
      ...(range ? { 'content-range': `bytes ${start}-${end}/${sizeBytes}` } : {}),
    },
    stream: wanted ? await file.open({ start, end }) : nothing(),
  }
}

export function nothing(): Readable {
  return Readable.from([], { objectMode: false })
}
