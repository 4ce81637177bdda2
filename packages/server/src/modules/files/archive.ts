import { Readable } from 'node:stream'

import type { Blobs } from './blobs.ts'
import type { StoredEntry } from './versions.store.ts'
import { ZipWriter } from './zip.ts'

export interface ArchiveOptions {
  /** Entries by path, page after page, until a page is empty. */
  readonly page: (after: string | undefined) => Promise<readonly StoredEntry[]>
  readonly blobs: Pick<Blobs, 'open'>
  readonly modifiedAt: number
  readonly signal?: AbortSignal | undefined
}

const BLOCK_BYTES = 64 * 1024

/** A folder of a version as zip, in constant memory. Breaks off if the bytes do. */
export function openArchive(options: ArchiveOptions): Readable {
  return Readable.from(inBlocks(archive(options)), { objectMode: false })
}

/** Small files are small chunks; one by one they would cost more than their bytes. */
async function* inBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  for await (const chunk of chunks) {
    held.push(chunk)
    heldBytes += chunk.byteLength
    if (heldBytes < BLOCK_BYTES) continue
    yield Buffer.concat(held)
    held = []
    heldBytes = 0
  }
  if (heldBytes > 0) yield Buffer.concat(held)
}

async function* archive({ page, blobs, modifiedAt, signal }: ArchiveOptions): AsyncGenerator<Uint8Array, void> {
  const zip = new ZipWriter(modifiedAt)
  let after: string | undefined
  for (;;) {
    const entries = await page(after)
    const last = entries.at(-1)
    if (!last) break
    after = last.path
    for (const stretch of stretchesOf(entries)) yield* bytesOf(stretch, zip, blobs, signal)
  }
  yield* zip.end()
}

/** Neighbours in the archive that are neighbours in the object too are read in one go: a folder may be many small files. */
function stretchesOf(entries: readonly StoredEntry[]): StoredEntry[][] {
  const stretches: StoredEntry[][] = []
  for (const entry of entries) {
    const before = stretches.at(-1)?.at(-1)
    if (before?.key === entry.key && entry.start_byte === before.start_byte + before.size_bytes)
      stretches.at(-1)?.push(entry)
    else stretches.push([entry])
  }
  return stretches
}

async function* bytesOf(
  entries: readonly StoredEntry[],
  zip: ZipWriter,
  blobs: Pick<Blobs, 'open'>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  const [first] = entries
  const sizeBytes = entries.reduce((sum, entry) => sum + entry.size_bytes, 0)
  const queue = entries.values()
  let missing = 0

  /** Headers of the files whose turn it is: those without bytes, and one with. */
  const headers = function* () {
    while (missing === 0) {
      const { value: entry, done } = queue.next()
      if (done) return
      missing = entry.size_bytes
      yield zip.begin({ path: entry.path, sizeBytes: entry.size_bytes, crc32: entry.crc32 })
    }
  }

  yield* headers()
  if (!first || sizeBytes === 0) return
  const range = { start: first.start_byte, end: first.start_byte + sizeBytes - 1 }
  for await (const chunk of await blobs.open(first.key, range, signal)) {
    let rest = chunk as Uint8Array // a stream of bytes
    while (rest.byteLength > 0) {
      const part = rest.subarray(0, missing)
      rest = rest.subarray(part.byteLength)
      missing -= part.byteLength
      yield part
      yield* headers()
    }
  }
}
