/**
 * What the gateway holds out: 2000 idle websockets, 10 000 malformed requests, 5 GiB down and up, 200 heads that never end, 100 readers that
 * stopped, events. Prints what each costs the gateway's process and ends with 1 if one costs too much. Linux only.
 *
 *     node bench/gateway-limits.ts
 */
import { startMeasuredGateway } from '../packages/gateway/src/testing/limits.ts'

const MB = 2 ** 20
const gateway = await startMeasuredGateway()
try {
  const each = await gateway.idleWebSockets(2000)
  tell('2000 idle websockets', `${(each / 1024).toFixed(1)} kB each`, each * 2000 <= 40 * MB)
  const left = await gateway.malformed(10_000)
  tell('10 000 malformed requests leave', megabytes(left), left <= 20 * MB)
  for (const way of ['download', 'upload'] as const) {
    const { extraBytes, megabytesPerSecond } = await gateway[way](5 * 1024 * MB)
    tell(`5 GiB ${way}`, `${megabytes(extraBytes)}, ${Math.round(megabytesPerSecond)} MB/s`, extraBytes <= 100 * MB)
  }
  const slow = await gateway.slowHeads(200)
  tell('200 heads that never end', `cut after ${(slow.cutAfterMs / 1000).toFixed(1)} s`, slow.cutAfterMs <= 25_000)
  const stalled = await gateway.stalledReaders(100)
  tell('100 readers that stopped', megabytes(stalled), stalled <= 40 * MB)
  const delay = await gateway.events(250)
  tell('250 events, the latest', `${delay} ms late`, delay <= 50)
} finally {
  await gateway.close()
}

function tell(what: string, cost: string, isGood: boolean): void {
  console.log(`${isGood ? 'good' : 'TOO MUCH'}  ${what}: ${cost}`)
  if (!isGood) process.exitCode = 1
}

function megabytes(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`
}
