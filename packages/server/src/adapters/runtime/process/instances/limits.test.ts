import { statfs } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'
import os from 'node:os'

import { newId } from '@mllab/kernel'
import { createProbe, until, type Probe } from '@mllab/testkit/contracts/runtime.helpers'
import { afterAll, describe, expect, it } from 'vitest'

import { removeFolders, shellRuntime } from '../testing/fixtures.ts'

type Test = Awaited<ReturnType<typeof shellRuntime>>

afterAll(removeFolders)

async function withRuntime(
  options: Parameters<typeof shellRuntime>[1],
  use: (probe: Probe, test: Test) => Promise<void>,
): Promise<void> {
  const test = await shellRuntime(undefined, options)
  const probe = createProbe(test)
  try {
    await use(probe, test)
  } finally {
    await probe.cleanUp()
    await test.runtime.close()
  }
}

for (const cgroups of [true, false]) {
  describe(`limits ${cgroups ? 'by the best means of this machine' : 'by looking'}`, () => {
    it('end who uses more memory than asked for, with the reason', () =>
      withRuntime({ cgroups }, async (probe, { runtime }) => {
        const hungry = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(20e6, 1)), 5)'
        const ref = await probe.start('', {
          command: [process.execPath, '-e', hungry],
          resources: { memoryBytes: 150 * 1024 * 1024 },
        })
        const detail =
          runtime.capabilities.limits.memory === 'hard'
            ? 'more than the 150 MiB of memory it may have'
            : 'it may have 150 MiB'
        expect(await probe.ended(ref)).toMatchObject({ reason: 'oom', detail: expect.stringContaining(detail) })
      }))

    it('end who starts processes without end, with the reason', () =>
      withRuntime({ cgroups, maxProcesses: 60 }, async (probe) => {
        const ref = await probe.start('i=0; while [ $i -lt 300 ]; do sleep 60 & i=$((i+1)); sleep 0.005; done; wait')
        expect(await probe.ended(ref)).toMatchObject({
          reason: 'too-many-processes',
          detail: expect.stringMatching(/it may have 60\.|more than 60 processes and threads at once/),
        })
      }))
  })
}

describe('limits', () => {
  it('leave a number of open files that is enough, and an end', () =>
    withRuntime({}, async (probe) => {
      const ref = await probe.start('ulimit -n; ulimit -c')
      await probe.ended(ref)
      const [files, core] = (await probe.log(ref)).split('\n').map(Number)
      expect(files).toBeLessThanOrEqual(65_536)
      expect(core).toBe(0)
    }))

  it('keep processors for others, where the kernel does that', () =>
    withRuntime({}, async (probe, { runtime }) => {
      if (runtime.capabilities.limits.cpu !== 'hard') return
      const ref = await probe.start('while :; do :; done', { resources: { cpus: 0.2 } })
      const used = async () => (await runtime.instances.stats()).find(({ workloadId }) => workloadId === ref.workloadId)
      const first = await until(used)
      const second = await until(async () => {
        const now = await used()
        return now && now.at - first.at > 1000 ? now : undefined
      })
      const cores = ((second.cpuSeconds - first.cpuSeconds) * 1000) / (second.at - first.at)
      expect(cores).toBeLessThan(0.35)
    }))

  it('end who fills the disk, and nobody else, before the platform has none', async () => {
    const { bavail, bsize } = await statfs(os.tmpdir())
    await withRuntime({ diskFloorBytes: bavail * bsize * 2 }, async (probe) => {
      const calm = await probe.start('while :; do echo a line; sleep 0.1; done')
      const flood = await probe.start(
        'while :; do dd if=/dev/zero of="$HOME/big" bs=1M count=16 conv=fsync 2>/dev/null; sleep 0.2; done',
      )
      expect(await probe.ended(flood)).toMatchObject({
        reason: 'disk-full',
        detail: expect.stringMatching(/disk was almost full .* it wrote the most/),
      })
      expect(await probe.find(calm)).toMatchObject({ phase: 'running' })
    })
  })

  it('of who may answer on a port: nobody but the instance whose port it is', () =>
    withRuntime({}, async (probe, { runtime }) => {
      const serve = `require('node:http').createServer((_, a) => a.end()).listen(process.env.PORT, '127.0.0.1')`
      const rest = { ports: [{ name: 'http', port: 80 }], workloadId: newId() }
      const wait = `const fs = require('node:fs'), t = setInterval(() => fs.existsSync('go') && (clearInterval(t), eval(process.argv[1])), 10); console.log('port', process.env.PORT)`
      const ref = await probe.start('', { ...rest, command: [process.execPath, '-e', wait, serve] })
      await probe.logged(ref, 'port')
      const port = Number(/port (\d+)/.exec(await probe.log(ref))?.[1])
      const stranger = net.createServer()
      await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve))
      expect((stranger.address() as AddressInfo).port).toBe(port)
      expect(await runtime.instances.endpoint(ref, 'http')).toBeUndefined()
      await new Promise((resolve) => stranger.close(resolve))
      await runtime.instances.exec(ref, ['touch', 'go'], { signal: AbortSignal.timeout(10_000) })
      expect(await until(() => runtime.instances.endpoint(ref, 'http'))).toEqual({
        kind: 'tcp',
        host: '127.0.0.1',
        port,
      })
    }))
})
