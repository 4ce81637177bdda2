import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'

import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'

import { createDigests } from './digests.ts'
import { Digestion } from './digestion.ts'
import { body, breaking, noise } from './rig.ts'

const digests = createDigests()
afterAll(() => digests.close())

const digestOf = (bytes: Uint8Array) => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  crc32: crc32(bytes),
  sizeBytes: bytes.byteLength,
})

describe('digests', () => {
  it('cut bytes into pieces however they arrive', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), fc.array(fc.integer({ min: 1, max: 15 })), (lengths, chunks) => {
        const bytes = noise(
          1,
          lengths.reduce((sum, length) => sum + length, 0),
        )
        const digestion = new Digestion(lengths)
        let at = 0
        for (const chunk of [...chunks, bytes.length]) {
          digestion.write(bytes.subarray(at, at + chunk))
          at += chunk
        }
        let start = 0
        const pieces = lengths.map((length) => digestOf(bytes.subarray(start, (start += length))))
        expect(digestion.end()).toEqual({ whole: digestOf(bytes), pieces })
      }),
    )
  })

  it('are the same in the thread, for several long bodies at once', async () => {
    const bodies = [1, 2, 3].map((seed) => noise(seed, 6_000_000 + seed))
    const lengths = [10, 5_000_000, 0, 999_990]
    const results = await Promise.all(bodies.map((bytes) => digests.cut(body(bytes), lengths)))
    for (const [index, bytes] of bodies.entries())
      expect(results[index]).toEqual({
        whole: digestOf(bytes),
        pieces: [
          [0, 10],
          [10, 5_000_010],
          [5_000_010, 5_000_010],
          [5_000_010, 6_000_000],
        ].map(([from, to]) => digestOf(bytes.subarray(from, to))),
      })
  })

  it('let a body pass unchanged', async () => {
    for (const sizeBytes of [0, 10, 3_000_000]) {
      const bytes = noise(4, sizeBytes)
      const { stream, digest } = digests.metered(body(bytes))
      expect((await buffer(stream)).equals(bytes)).toBe(true)
      expect(await digest).toEqual(digestOf(bytes))
    }
  })

  it('fail with the body, and go on with the next', async () => {
    const { stream, digest } = digests.metered(breaking(2_000_000))
    await expect(buffer(stream)).rejects.toThrow('gone')
    await expect(digest).rejects.toThrow('gone')
    await expect(digests.cut(breaking(2_000_000), [])).rejects.toThrow('gone')
    expect((await digests.cut(body('next'), [])).whole).toEqual(digestOf(Buffer.from('next')))
  })
})
