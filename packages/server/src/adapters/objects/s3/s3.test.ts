import { createServer, connect, type AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

import { createFakeClock, createScope, memoryLog, silentLog, systemClock } from '@mllab/kernel'
import { objectStoreContract } from '@mllab/testkit/contracts/objects.contract'
import { s3TestEndpoint, type S3TestEndpoint } from '@mllab/testkit/s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { newObjectKey, type ObjectStore } from '../../../ports/objects.ts'
import { openS3Objects } from './s3.ts'

const endpoint = s3TestEndpoint()
const bucket = `mllab-${newObjectKey().slice(0, 12)}`
const openAt = (at: S3TestEndpoint, name = bucket) =>
  openS3Objects({ ...at, bucket: name, clock: systemClock, log: silentLog })

if (endpoint) {
  objectStoreContract('S3', () => openAt(endpoint))
  describe('objects in a bucket', () => inABucket(endpoint))
} else it.skip('ObjectStore on S3 needs an endpoint')

function inABucket(at: S3TestEndpoint): void {
  let store: ObjectStore
  beforeAll(async () => {
    store = await openAt(at)
  })
  afterAll(() => store.close())

  it('says which credential is wrong, and opens nevertheless', async () => {
    const { accessKey } = at.credentials
    const reasons = []
    for (const credentials of [
      { accessKey: 'nobody', secretKey: 'x' },
      { accessKey, secretKey: 'wrong' },
    ]) {
      const log = memoryLog()
      const refused = await openS3Objects({ ...at, credentials, bucket, clock: systemClock, log })
      reasons.push(await refused.health())
      expect(JSON.stringify(log.entries)).not.toContain(credentials.secretKey === 'wrong' ? 'wrong' : '"x"')
      await expect(refused.put(newObjectKey(), Buffer.from('x'))).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        retryable: false,
      })
      await refused.close()
    }
    expect(reasons).toEqual([
      { ok: false, detail: `bucket ${bucket}: The store does not know the access key` },
      { ok: false, detail: `bucket ${bucket}: The secret key does not belong to the access key` },
    ])
  })

  it('is UNAVAILABLE and worth another try while nobody listens', async () => {
    const nobody = await openAt({ ...at, endpoint: 'http://127.0.0.1:9' })
    expect(await nobody.health()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('ECONNREFUSED') as string,
    })
    await expect(nobody.put(newObjectKey(), Buffer.from('x'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    })
    await nobody.close()
  })

  it('makes its bucket, also when two open at the same time', async () => {
    const name = `mllab-${newObjectKey().slice(0, 12)}`
    const both = await Promise.all([openAt(at, name), openAt(at, name)])
    const key = newObjectKey()
    await both[0].put(key, Buffer.from('x'))
    expect(await both[1].head(key)).toEqual({ key, sizeBytes: 1 })
    await Promise.all(both.map((each) => each.close()))
  })

  it('finds an unfinished upload again after a restart, and sweeps it when it is a week old', async () => {
    const handle = await store.beginParts(newObjectKey())
    const part = await store.putPart(handle, 1, Buffer.from('x'), {})
    const restarted = await openAt(at)
    await restarted.putPart(handle, 1, Buffer.from('x'), {})
    await restarted.close()

    const log = memoryLog()
    const nextMonth = createFakeClock(Date.now() + 30 * 24 * 3_600_000)
    const later = await openS3Objects({ ...at, bucket, clock: nextMonth, log })
    await expect.poll(() => log.entries.map((entry) => entry.message)).toEqual(['Aborted uploads that were given up'])
    await expect(later.completeParts(handle, [part])).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await later.close()
  })

  it('fails a download that the store cuts off', async () => {
    const key = newObjectKey()
    await store.put(key, Buffer.alloc(4_000_000))
    const scope = createScope()
    const cutting = await openAt({ ...at, endpoint: await cuttingProxy(at.endpoint, 1_000_000, scope) })
    await expect(buffer(await cutting.get(key))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await cutting.close()
    await scope.close()
  })
}

/** A proxy that resets a connection after so many bytes of answers. */
async function cuttingProxy(
  target: string,
  afterBytes: number,
  scope: ReturnType<typeof createScope>,
): Promise<string> {
  const { hostname, port } = new URL(target)
  const server = createServer((inner) => {
    const outer = connect(Number(port), hostname)
    let passed = 0
    for (const socket of [inner, outer]) socket.on('error', () => [inner, outer].forEach((each) => each.destroy()))
    inner.pipe(outer)
    outer.on('data', (chunk) => {
      inner.write(chunk)
      passed += chunk.length
      if (passed > afterBytes) inner.resetAndDestroy()
    })
    inner.on('close', () => outer.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  scope.defer(() => new Promise((resolve) => server.close(() => resolve())))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server has this kind of address
}
