import { describe, expect, it } from 'vitest'

import { digestOf } from './http-facts.ts'
import { parseKey, requireDistinctPaths } from './names.ts'
import { ZipWriter } from './zip.ts'

describe('a zip archive beyond 4 GB or 65 535 files', () => {
  const GIB = 1024 ** 3

  it('has sizes and offsets in zip64 fields', () => {
    const zip = new ZipWriter(Date.UTC(2026, 4, 3, 12, 30, 8))
    const first = zip.begin({ path: 'large', sizeBytes: 5 * GIB, crc32: 1 })
    const second = zip.begin({ path: 'small', sizeBytes: 3, crc32: 2 })
    expect([first.readUInt32LE(18), first.readUInt16LE(28), first.readBigUInt64LE(30 + 5 + 4)]).toEqual([
      0xffff_ffff,
      20,
      BigInt(5 * GIB),
    ])
    expect([second.readUInt32LE(18), second.readUInt16LE(28), second.length]).toEqual([3, 0, 35])

    const [largeRecord, smallRecord, end] = [...zip.end()]
    if (!largeRecord || !smallRecord || !end) throw new Error('three pieces')
    const smallOffset = first.length + 5 * GIB
    expect([largeRecord.readUInt32LE(42), largeRecord.readUInt16LE(30)]).toEqual([0, 20])
    expect([smallRecord.readUInt32LE(42), smallRecord.readBigUInt64LE(46 + 5 + 4)]).toEqual([
      0xffff_ffff,
      BigInt(smallOffset),
    ])
    const start = BigInt(smallOffset + second.length + 3)
    const sizeBytes = BigInt(largeRecord.length + smallRecord.length)
    expect([end.readUInt32LE(0), end.readBigUInt64LE(40), end.readBigUInt64LE(48)]).toEqual([
      0x06064b50,
      sizeBytes,
      start,
    ])
    expect([end.readUInt32LE(56), end.readBigUInt64LE(64)]).toEqual([0x07064b50, start + sizeBytes])
    expect(end.readUInt32LE(76)).toBe(0x06054b50)
  })

  it('counts its files there too', () => {
    const zip = new ZipWriter(0)
    for (let index = 0; index < 70_000; index += 1) zip.begin({ path: String(index), sizeBytes: 0, crc32: 0 })
    const end = [...zip.end()].at(-1)
    expect([end?.length, end?.readBigUInt64LE(24), end?.readUInt16LE(76 + 8)]).toEqual([98, 70_000n, 0xffff])
  })
})

describe('keys, paths and headers', () => {
  it('are read exactly', () => {
    expect(['a/b@12', 'a@b', 'a@1@2', '@3'].map(parseKey)).toEqual([
      { path: 'a/b', version: 12 },
      { path: 'a@b', version: undefined },
      { path: 'a@1', version: 2 },
      { path: '', version: 3 },
    ])
    expect(() => requireDistinctPaths(['a', 'b', 'a'])).toThrow('a is named twice')
    expect(() => requireDistinctPaths(['a.b', 'a/b', 'a'])).toThrow('a is a file and a folder at once')
    expect(() => requireDistinctPaths(['a.b', 'a/b', 'ab'])).not.toThrow()
    const base64 = Buffer.alloc(32, 1).toString('base64')
    expect(
      [`sha-256=:${base64}:`, `sha-512=:x:, sha-256=:${base64}:`, 'sha-256=:x:', 'sha-512=:x:', undefined].map(
        digestOf,
      ),
    ).toEqual(['01'.repeat(32), '01'.repeat(32), null, undefined, undefined])
  })
})
