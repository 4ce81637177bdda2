import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startMeasuredGateway, type MeasuredGateway } from './testing/limits.ts'

const MB = 2 ** 20
let gateway: MeasuredGateway

beforeAll(async () => {
  gateway = await startMeasuredGateway(1000)
})
afterAll(() => gateway.close())

/** Small forms of what `bench/gateway-limits.ts` does in full; the bounds leave room for what a young process still grows. */
describe.runIf(process.platform === 'linux')('a gateway is not brought down by', () => {
  it('300 idle websockets', async () => {
    expect(await gateway.idleWebSockets(300)).toBeLessThan(60 * 1024)
  })

  it('2000 malformed requests', async () => {
    expect(await gateway.malformed(2000)).toBeLessThan(24 * MB)
  })

  it('256 MiB down and up', async () => {
    expect((await gateway.download(256 * MB)).extraBytes).toBeLessThan(80 * MB)
    expect((await gateway.upload(256 * MB)).extraBytes).toBeLessThan(80 * MB)
  })

  it('50 heads that never end', async () => {
    const { cutAfterMs, servedMeanwhile } = await gateway.slowHeads(50)
    expect(servedMeanwhile).toBe(true)
    expect(cutAfterMs).toBeLessThan(5000)
  })

  it('20 readers that stopped reading', async () => {
    expect(await gateway.stalledReaders(20)).toBeLessThan(24 * MB)
  })

  it('and events arrive when they are sent', async () => {
    expect(await gateway.events(50)).toBeLessThan(250)
  })
})
