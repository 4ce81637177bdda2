import { Readable } from 'node:stream'

import { isPortError } from '@mllab/kernel'
import { newObjectKey, type ObjectStore, type PartsHandle } from '@mllab/server/ports/objects'
import { expect, it } from 'vitest'

import { breaking, bytesOf, digest, MIB, noise, read, repeated, silentAfter, slices } from './objects.bodies.ts'

/** Uploads in parts; part of the contract of an `ObjectStore`. */
export function uploadsInParts(use: () => ObjectStore): void {
  const minBytes = () => use().capabilities.minPartSizeBytes

  it('joins parts that came in any order, the last body of a number counting', async () => {
    const store = use()
    const bodies = [noise(11, minBytes() + 3), noise(12, minBytes()), noise(13, 70_000)] as const
    const handle = await store.beginParts(newObjectKey())
    expect(await store.head(handle.key)).toBeUndefined()
    const third = await store.putPart(handle, 3, bodies[2], { sizeBytes: bodies[2].length })
    await store.putPart(handle, 1, noise(99, minBytes() + 1), {})
    const second = await store.putPart(handle, 2, Readable.from(slices(bodies[1], 65_536)), {
      sizeBytes: bodies[1].length,
    })
    const first = await store.putPart(handle, 1, Readable.from(slices(bodies[0], 65_536)), {})
    expect(await store.head(handle.key)).toBeUndefined()

    const sizeBytes = bodies[0].length + bodies[1].length + bodies[2].length
    expect(await store.completeParts(handle, [third, first, second])).toEqual({ key: handle.key, sizeBytes })
    expect((await read(store, handle.key)).equals(Buffer.concat(bodies))).toBe(true)
  })

  it('takes a single part, an empty one too, and leaves out what is not named', async () => {
    const store = use()
    for (const body of [bytesOf('only'), bytesOf('')]) {
      const handle = await store.beginParts(newObjectKey())
      const part = await store.putPart(handle, 1, body, { sizeBytes: body.length })
      await store.putPart(handle, 2, bytesOf('unwanted'), {})
      await store.completeParts(handle, [part])
      expect((await read(store, handle.key)).equals(body)).toBe(true)
    }
  })

  it('takes parts that are larger than what it would hold in memory', async () => {
    const store = use()
    const handle = await store.beginParts(newObjectKey())
    const first = await store.putPart(handle, 1, repeated(24), { sizeBytes: 24 * MIB })
    const second = await store.putPart(handle, 2, bytesOf('end'), {})
    expect(await store.completeParts(handle, [first, second])).toEqual({ key: handle.key, sizeBytes: 24 * MIB + 3 })
    expect((await read(store, handle.key, { start: 24 * MIB - 1 })).subarray(1).toString()).toBe('end')
  })

  it('completes again with the same result, since the first answer may have been lost', async () => {
    const store = use()
    const handle = await store.beginParts(newObjectKey())
    const part = await store.putPart(handle, 1, bytesOf('once'), {})
    const first = await store.completeParts(handle, [part])
    expect(await store.completeParts(handle, [part])).toEqual(first)
  })

  it('refuses an empty list, a part that was never uploaded, and the tag of a replaced body', async () => {
    const store = use()
    const handle = await store.beginParts(newObjectKey())
    const old = await store.putPart(handle, 1, bytesOf('first body'), {})
    const current = await store.putPart(handle, 1, bytesOf('another one'), {})
    const invented = { number: 2, tag: current.tag, sizeBytes: 4 }
    for (const tags of [[], [old], [current, invented], [current, current], [{ ...current, number: 0 }]])
      await expect(store.completeParts(handle, tags)).rejects.toMatchObject({ code: 'INVALID' })
    expect(await store.head(handle.key)).toBeUndefined()
    await store.completeParts(handle, [current])
    expect((await read(store, handle.key)).toString()).toBe('another one')
  })

  it('refuses a part of the wrong size or number and keeps the one before', async () => {
    const store = use()
    const handle = await store.beginParts(newObjectKey())
    const good = await store.putPart(handle, 1, bytesOf('good'), { sizeBytes: 4 })
    for (const sizeBytes of [3, 5]) {
      const put = () => store.putPart(handle, 1, Readable.from([bytesOf('evil')]), { sizeBytes })
      await expect(put()).rejects.toMatchObject({ code: 'INVALID' })
    }
    for (const number of [0, -1, 1.5, 10_001])
      await expect(store.putPart(handle, number, bytesOf('x'), {})).rejects.toMatchObject({ code: 'INVALID' })
    await store.completeParts(handle, [good])
    expect((await read(store, handle.key)).toString()).toBe('good')
  })

  it('never completes an upload with a large part that was too long, too short or broken', async () => {
    const store = use()
    const handle = await store.beginParts(newObjectKey())
    const good = await store.putPart(handle, 1, bytesOf('good'), { sizeBytes: 4 })
    const put = (body: Readable, mib: number) => store.putPart(handle, 1, body, { sizeBytes: mib * MIB })
    await expect(put(repeated(20), 18)).rejects.toMatchObject({ code: 'INVALID' })
    await expect(put(repeated(17), 18)).rejects.toMatchObject({ code: 'INVALID' })
    await expect(put(breaking(1, new Error('gone')), 20)).rejects.toThrow('gone')
    // A store that loses the part before has to be told again; it never gives out anything else.
    const completed = await store.completeParts(handle, [good]).catch((error: unknown) => error)
    if (isPortError(completed, 'INVALID')) expect(await store.head(handle.key)).toBeUndefined()
    else expect((await read(store, handle.key)).toString()).toBe('good')
  })

  it('stops a part when its signal fires', async () => {
    const store = use()
    const handle = await store.beginParts(newObjectKey())
    for (const mibBefore of [1, 12]) {
      const controller = new AbortController()
      const body = silentAfter(mibBefore, () => controller.abort())
      const putting = store.putPart(handle, 1, body, { sizeBytes: 30 * MIB, signal: controller.signal })
      await expect(putting).rejects.toMatchObject({ name: 'AbortError' })
    }
    await store.abortParts(handle)
  })

  it('forgets an aborted upload; aborting again or after completion succeeds', async () => {
    const store = use()
    const aborted = await store.beginParts(newObjectKey())
    const part = await store.putPart(aborted, 1, bytesOf('x'), {})
    await store.abortParts(aborted)
    await store.abortParts(aborted)
    await expect(store.completeParts(aborted, [part])).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(store.putPart(aborted, 1, bytesOf('x'), {})).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await store.head(aborted.key)).toBeUndefined()

    const completed = await store.beginParts(newObjectKey())
    await store.completeParts(completed, [await store.putPart(completed, 1, bytesOf('kept'), {})])
    await store.abortParts(completed)
    expect((await read(store, completed.key)).toString()).toBe('kept')
  })

  it('takes many parts at the same time', async () => {
    const store = use()
    const handle: PartsHandle = await store.beginParts(newObjectKey())
    const bodies = Array.from({ length: 4 }, (_, index) => noise(index, minBytes()))
    const tags = await Promise.all(
      bodies.map((body, index) =>
        store.putPart(handle, index + 1, Readable.from(slices(body, 100_000)), { sizeBytes: body.length }),
      ),
    )
    await store.completeParts(handle, tags)
    expect(digest(await read(store, handle.key))).toBe(digest(Buffer.concat(bodies)))
  })
}
