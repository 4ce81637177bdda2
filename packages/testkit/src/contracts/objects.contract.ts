import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'

import { newObjectKey, type ObjectKey, type ObjectStore } from '@mllab/server/ports/objects'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  breaking,
  bytesOf,
  FILLER,
  listAll,
  liveBufferBytes,
  MIB,
  noise,
  read,
  repeated,
  silentAfter,
  slices,
} from './objects.bodies.ts'
import { uploadsInParts } from './objects.parts.ts'

/** What every `ObjectStore` does. The store may hold objects of others, also of suites that run at the same time. */
export function objectStoreContract(name: string, open: () => Promise<ObjectStore>): void {
  describe(`ObjectStore on ${name}`, () => {
    let store: ObjectStore
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    describe('put and get', () => putAndGet(() => store))
    describe('a failed put', () => failedPuts(() => store))
    describe('ranges', () => ranges(() => store))
    describe('parts', () => uploadsInParts(() => store))
    describe('delete and list', () => deleteAndList(() => store))
    describe('large bodies', () => largeBodies(() => store))

    it('says that it is healthy', async () => {
      expect(await store.health()).toMatchObject({ ok: true })
    })

    it('refuses keys that are not of its making', async () => {
      for (const bad of ['', '../../etc/passwd', 'a'.repeat(31), 'A'.repeat(32), `${'a'.repeat(31)}/`]) {
        const key = bad as ObjectKey // what a type cannot stop
        await expect(store.put(key, bytesOf('x'))).rejects.toMatchObject({ code: 'INVALID' })
        await expect(store.get(key)).rejects.toMatchObject({ code: 'INVALID' })
        await expect(store.head(key)).rejects.toMatchObject({ code: 'INVALID' })
        await expect(store.delete([key])).rejects.toMatchObject({ code: 'INVALID' })
      }
    })
  })
}

function putAndGet(use: () => ObjectStore): void {
  it('gives back what was put, from bytes and from a stream, empty ones too', async () => {
    const store = use()
    for (const text of ['', 'x', 'hello '.repeat(50_000)]) {
      const [fromBytes, fromStream] = [newObjectKey(), newObjectKey()]
      const sizeBytes = text.length
      expect(await store.put(fromBytes, bytesOf(text))).toEqual({ key: fromBytes, sizeBytes })
      expect(await store.put(fromStream, Readable.from([bytesOf(text)]), { sizeBytes })).toEqual({
        key: fromStream,
        sizeBytes,
      })
      for (const key of [fromBytes, fromStream]) {
        expect((await read(store, key)).equals(bytesOf(text))).toBe(true)
        expect(await store.head(key)).toEqual({ key, sizeBytes })
      }
    }
  })

  it('says NOT_FOUND for what is not there', async () => {
    const key = newObjectKey()
    await expect(use().get(key)).rejects.toMatchObject({ name: 'PortError', code: 'NOT_FOUND' })
    expect(await use().head(key)).toBeUndefined()
  })

  it('keeps puts that run at the same time apart', async () => {
    const store = use()
    const bodies = Array.from({ length: 24 }, (_, index) => ({
      key: newObjectKey(),
      body: noise(index, 40_000 + index),
    }))
    await Promise.all(bodies.map(({ key, body }) => store.put(key, Readable.from(slices(body, 777)))))
    for (const { key, body } of bodies) expect((await read(store, key)).equals(body)).toBe(true)
  })

  it('holds one whole body when two are put under one key at the same time', async () => {
    const store = use()
    const key = newObjectKey()
    const bodies = [noise(1, 300_000), noise(2, 200_000)]
    await Promise.all(bodies.map((body) => store.put(key, Readable.from(slices(body, 5000)))))
    const found = await read(store, key)
    expect(bodies.some((body) => body.equals(found))).toBe(true)
  })

  it('stops a download when its signal fires', async () => {
    const store = use()
    const key = newObjectKey()
    await store.put(key, noise(3, 4 * MIB))
    const controller = new AbortController()
    const stream = await store.get(key, { signal: controller.signal })
    const reading = (async () => {
      for await (const _ of stream) controller.abort()
    })()
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
    await expect(store.get(key, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })
}

function failedPuts(use: () => ObjectStore): void {
  const leavesNothing = async (key: ObjectKey) => {
    expect(await use().head(key)).toBeUndefined()
    await expect(use().get(key)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  }

  it('is INVALID and leaves nothing when the body has another size than announced', async () => {
    for (const sizeBytes of [0, 9, 11, 20 * MIB]) {
      const [key, streamed] = [newObjectKey(), newObjectKey()]
      await expect(use().put(key, bytesOf('0123456789'), { sizeBytes })).rejects.toMatchObject({ code: 'INVALID' })
      const stream = Readable.from(slices(bytesOf('0123456789'), 3))
      await expect(use().put(streamed, stream, { sizeBytes })).rejects.toMatchObject({ code: 'INVALID' })
      await leavesNothing(key)
      await leavesNothing(streamed)
    }
  })

  it('leaves nothing when a large body is longer than announced', async () => {
    const key = newObjectKey()
    await expect(use().put(key, repeated(20), { sizeBytes: 18 * MIB })).rejects.toMatchObject({ code: 'INVALID' })
    await leavesNothing(key)
  })

  it('fails with the error of the body and leaves nothing', async () => {
    for (const mibBefore of [0, 1, 20]) {
      const key = newObjectKey()
      await expect(use().put(key, breaking(mibBefore, new Error('the client went away')))).rejects.toThrow(
        'the client went away',
      )
      await leavesNothing(key)
    }
  })

  it('fails when a body ends early and leaves nothing', async () => {
    const key = newObjectKey()
    const body = new Readable({ read: () => undefined })
    body.push(bytesOf('half of'))
    const putting = use().put(key, body)
    body.destroy()
    await expect(putting).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' })
    await leavesNothing(key)
  })

  it('stops when its signal fires, also while the body is silent, and leaves nothing', async () => {
    for (const mibBefore of [0, 1, 20]) {
      const key = newObjectKey()
      const controller = new AbortController()
      const body = silentAfter(mibBefore, () => controller.abort())
      await expect(use().put(key, body, { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' })
      await leavesNothing(key)
    }
    const never = newObjectKey()
    await expect(use().put(never, bytesOf('x'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
    await leavesNothing(never)
  })
}

function ranges(use: () => ObjectStore): void {
  const body = noise(4, 700_000)
  const key = newObjectKey()
  beforeAll(async () => {
    await use().put(key, body)
  })

  it('gives exactly the bytes asked for', async () => {
    for (const [start, end] of [
      [0, 0],
      [0, 9],
      [300_000, 599_999],
      [699_999, 699_999],
      [699_990, undefined],
      [0, undefined],
      [699_000, 9_999_999],
    ] as const) {
      const range = end === undefined ? { start } : { start, end }
      const expected = body.subarray(start, end === undefined ? undefined : end + 1)
      expect([range, (await read(use(), key, range)).equals(expected)]).toEqual([range, true])
    }
  })

  it('refuses what is no range, or begins behind the end', async () => {
    for (const range of [
      { start: 700_000 },
      { start: 700_000, end: 700_001 },
      { start: -1 },
      { start: 5, end: 4 },
      { start: 0.5 },
    ])
      await expect(use().get(key, { range })).rejects.toMatchObject({ code: 'INVALID' })
  })
}

function deleteAndList(use: () => ObjectStore): void {
  it('deletes, and deletes again', async () => {
    const store = use()
    const keys = Array.from({ length: 30 }, newObjectKey)
    await Promise.all(keys.slice(0, 20).map((key) => store.put(key, bytesOf('x'))))
    await store.delete(keys)
    await store.delete(keys)
    expect(await Promise.all(keys.map((key) => store.head(key)))).toEqual(keys.map(() => undefined))
  })

  it('lists all keys once, in order, in pages', async () => {
    const store = use()
    const startedAt = Date.now()
    const keys = Array.from({ length: 25 }, newObjectKey).toSorted()
    await Promise.all(keys.map((key, index) => store.put(key, bytesOf('x'.repeat(index)))))
    const seen = await listAll(store, 7)
    expect(seen.map(({ key }) => key)).toEqual(seen.map(({ key }) => key).toSorted())
    const ours = seen.filter(({ key }) => keys.includes(key))
    expect(ours.map(({ key, sizeBytes }) => ({ key, sizeBytes }))).toEqual(
      keys.map((key, index) => ({ key, sizeBytes: index })),
    )
    // Stores round to seconds, and their clock is not ours.
    for (const { modifiedAt } of ours) expect(Math.abs(modifiedAt - startedAt)).toBeLessThan(60_000)
  })

  it('never lists an unfinished upload', async () => {
    const store = use()
    const handle = await store.beginParts(newObjectKey())
    await store.putPart(handle, 1, bytesOf('x'), {})
    expect((await listAll(store, 1000)).some(({ key }) => key === handle.key)).toBe(false)
    await store.abortParts(handle)
  })
}

function largeBodies(use: () => ObjectStore): void {
  it('streams 64 MiB each way in constant memory, with and without an announced size', async () => {
    const store = use()
    const expected = createHash('sha256')
    for (let mib = 0; mib < 64; mib += 1) expected.update(FILLER)
    const expectedHex = expected.digest('hex')
    for (const options of [{ sizeBytes: 64 * MIB }, {}]) {
      const key = newObjectKey()
      const beforeBytes = liveBufferBytes()
      let peakBytes = beforeBytes
      let passedMib = 0
      const watch = () => {
        passedMib += 1
        if (passedMib % 16 === 15) peakBytes = Math.max(peakBytes, liveBufferBytes())
      }
      await store.put(key, repeated(64, watch), options)
      const received = createHash('sha256')
      let receivedBytes = 0
      for await (const chunk of await store.get(key)) {
        const bytes = chunk as Uint8Array // a stream of bytes
        received.update(bytes)
        receivedBytes += bytes.length
        while (receivedBytes >= MIB * (passedMib - 63)) watch()
      }
      expect(received.digest('hex')).toBe(expectedHex)
      // What a store holds back to send it again if it must, twice while it is joined.
      expect(peakBytes - beforeBytes).toBeLessThan(34 * MIB)
      await store.delete([key])
    }
  })
}
