/**
 * A zip archive as a stream of bytes, stored without compression: every file comes as it is, in constant memory, and since sizes and
 * checksums are known beforehand, any reader can unpack it while it arrives. Source: PKWARE APPNOTE 6.3.10, 4.3 and 4.5.3 (zip64).
 */
export interface ZipFile {
  /** Relative, `/` between parts; written as UTF-8. */
  readonly path: string
  readonly sizeBytes: number
  readonly crc32: number
}

interface Placed extends ZipFile {
  readonly name: Buffer
  readonly offset: number
}

const MAX_32 = 0xffff_ffff
const MAX_16 = 0xffff
/** Names are UTF-8. */
const FLAGS = 0x0800
/** What a reader has to know: 2.0 for folders in names, 4.5 for zip64. */
const VERSION = 45
/** Made on Unix, so that the mode below counts: a plain file, rw-r--r--. */
const MADE_BY = (3 << 8) | VERSION
const MODE = 0o100644 * 0x10000

export class ZipWriter {
  readonly #date: number
  readonly #files: Placed[] = []
  #offset = 0

  /** `modifiedAt` (epoch ms) is the time of all files, in UTC. */
  constructor(modifiedAt: number) {
    this.#date = dosTime(modifiedAt)
  }

  /** What goes before the bytes of a file. Exactly `sizeBytes` of them have to follow. */
  begin(file: ZipFile): Buffer {
    const name = Buffer.from(file.path)
    this.#files.push({ ...file, name, offset: this.#offset })
    const large = file.sizeBytes >= MAX_32
    const extra = large ? zip64Extra([file.sizeBytes, file.sizeBytes]) : Buffer.alloc(0)
    const header = Buffer.alloc(30)
    header.writeUInt32LE(0x04034b50, 0)
    writeCommon(header, 4, file, this.#date)
    header.writeUInt16LE(name.length, 26)
    header.writeUInt16LE(extra.length, 28)
    this.#offset += header.length + name.length + extra.length + file.sizeBytes
    return Buffer.concat([header, name, extra])
  }

  /** What goes behind the last file, in pieces: the directory. */
  *end(): Generator<Buffer, void> {
    const start = this.#offset
    for (const file of this.#files) {
      const record = directoryRecord(file, this.#date)
      this.#offset += record.length
      yield record
    }
    yield endOfDirectory(this.#files.length, start, this.#offset - start)
  }
}

function directoryRecord(file: Placed, date: number): Buffer {
  const large = [
    ...(file.sizeBytes >= MAX_32 ? [file.sizeBytes, file.sizeBytes] : []),
    ...(file.offset >= MAX_32 ? [file.offset] : []),
  ]
  const extra = large.length > 0 ? zip64Extra(large) : Buffer.alloc(0)
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(MADE_BY, 4)
  writeCommon(header, 6, file, date)
  header.writeUInt16LE(file.name.length, 28)
  header.writeUInt16LE(extra.length, 30)
  header.writeUInt32LE(MODE, 38)
  header.writeUInt32LE(Math.min(file.offset, MAX_32), 42)
  return Buffer.concat([header, file.name, extra])
}

/** The fields both headers share, from “version needed” to the sizes. */
function writeCommon(header: Buffer, at: number, file: ZipFile, date: number): void {
  const size = Math.min(file.sizeBytes, MAX_32)
  header.writeUInt16LE(VERSION, at)
  header.writeUInt16LE(FLAGS, at + 2)
  header.writeUInt16LE(0, at + 4) // stored
  header.writeUInt32LE(date, at + 6)
  header.writeUInt32LE(file.crc32, at + 10)
  header.writeUInt32LE(size, at + 14)
  header.writeUInt32LE(size, at + 18)
}

function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length)
  extra.writeUInt16LE(1, 0)
  extra.writeUInt16LE(8 * values.length, 2)
  for (const [index, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index)
  return extra
}

function endOfDirectory(count: number, start: number, sizeBytes: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(count, MAX_16), 8)
  end.writeUInt16LE(Math.min(count, MAX_16), 10)
  end.writeUInt32LE(Math.min(sizeBytes, MAX_32), 12)
  end.writeUInt32LE(Math.min(start, MAX_32), 16)
  if (count < MAX_16 && start < MAX_32 && sizeBytes < MAX_32) return end

  const record = Buffer.alloc(56)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(44n, 4) // of what follows
  record.writeUInt16LE(MADE_BY, 12)
  record.writeUInt16LE(VERSION, 14)
  record.writeBigUInt64LE(BigInt(count), 24)
  record.writeBigUInt64LE(BigInt(count), 32)
  record.writeBigUInt64LE(BigInt(sizeBytes), 40)
  record.writeBigUInt64LE(BigInt(start), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(start + sizeBytes), 8)
  locator.writeUInt32LE(1, 16)
  return Buffer.concat([record, locator, end])
}

/** MS-DOS date and time as one number: the time is the lower half. Years go from 1980 to 2107, seconds are even. */
function dosTime(epochMs: number): number {
  const at = new Date(Math.max(epochMs, Date.UTC(1980)))
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1)
  return date * 0x10000 + time
}
