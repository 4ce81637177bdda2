/** A file to upload. Its bytes are read only while they are sent. */
export interface UploadFile {
  /** Place in the folder, `/` between parts; of a single file it is not looked at. */
  readonly path: string
  /** `File` of a browser, or `openAsBlob(path)` of `node:fs`. */
  readonly bytes: Blob
  /** Epoch ms; without it, a file of the same size counts as the same when an upload is continued. */
  readonly modifiedAt?: number
  /** Lower-case hex; the server refuses other bytes. */
  readonly sha256?: string
}

/** What the server hears of a file before its bytes. */
export interface DeclaredEntry {
  readonly path: string
  readonly sizeBytes: number
  readonly sha256?: string
}

/** The files as the one stream of bytes that an upload is. */
export interface UploadPlan {
  readonly files: readonly UploadFile[]
  readonly sizeBytes: number
  /** Changes when any path, size or time of change does. */
  readonly fingerprint: string
  /** The stream from one byte up to another, which is not part of it. */
  slice(from: number, to: number): Blob
  /** Declarations from a file on, as many as one request takes. */
  entriesFrom(first: number): DeclaredEntry[]
}

const ENTRIES_IN_REQUEST = 5000
/** The server takes 1 MB of JSON; characters may be three bytes long. */
const CHARACTERS_IN_REQUEST = 300_000

/** Sorted by path, since what lies together is read together. */
export function planUpload(unsorted: readonly UploadFile[]): UploadPlan {
  const files = unsorted.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const starts: number[] = []
  let sizeBytes = 0
  for (const file of files) {
    starts.push(sizeBytes)
    sizeBytes += file.bytes.size
  }
  return {
    files,
    sizeBytes,
    fingerprint: fingerprintOf(files),
    slice: (from, to) => {
      const pieces: Blob[] = []
      for (let index = lastAtOrBefore(starts, from); index < files.length; index++) {
        const [file, start] = [files[index], starts[index] ?? 0]
        if (!file || start >= to) break
        pieces.push(file.bytes.slice(Math.max(0, from - start), to - start))
      }
      return new Blob(pieces)
    },
    entriesFrom: (first) => {
      const entries: DeclaredEntry[] = []
      let characters = 0
      for (const { path, bytes, sha256 } of files.slice(first, first + ENTRIES_IN_REQUEST)) {
        characters += path.length + 120
        if (characters > CHARACTERS_IN_REQUEST && entries.length > 0) break
        entries.push({ path, sizeBytes: bytes.size, ...(sha256 === undefined ? {} : { sha256 }) })
      }
      return entries
    },
  }
}

/** Of ascending numbers, the place of the last that is not beyond the limit. */
function lastAtOrBefore(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}

/** 53 bits of two multiplicative hashes: guards against mistakes, not against malice. `crypto.subtle` is missing on pages without TLS. */
function fingerprintOf(files: readonly UploadFile[]): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57]
  for (const { path, bytes, modifiedAt } of files) {
    const text = `${path}\0${bytes.size}\0${modifiedAt ?? ''}\n`
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index)
      a = Math.imul(a ^ unit, 2_654_435_761)
      b = Math.imul(b ^ unit, 1_597_334_677)
    }
  }
  return (4_294_967_296 * (b & 2_097_151) + (a >>> 0)).toString(36)
}
