import { glob, readdir, readFile, stat, statfs, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { createProbe, until } from '@mllab/testkit/contracts/runtime.helpers'
import { afterAll, describe, expect, it } from 'vitest'

import { isDead, readStat } from './proc.ts'
import { removeFolders, shellRuntime } from '../testing/fixtures.ts'

afterAll(removeFolders)

const gone = (pid: number) => {
  const found = readStat(pid)
  return !found || isDead(found) ? true : undefined
}

describe('while no server runs', { timeout: 60_000 }, () => {
  it('logs stay small, with their offsets, and the guard goes with the last instance', async () => {
    const test = await shellRuntime(undefined, { logLimitBytes: 256 * 1024 })
    const probe = createProbe(test)
    const ref = await probe.start(
      'echo up; while ! [ -e "$HOME/../go" ]; do sleep 0.05; done; head -c 4000000 /dev/zero | tr "\\0" x; echo; echo end; exec sleep 600',
    )
    await probe.logged(ref, 'up')
    await test.runtime.close()
    const folder = path.join(test.root, 'instances', `${ref.workloadId}.0`)
    const run = (await readdir(folder)).find((name) => name.startsWith('run-')) ?? ''
    await writeFile(path.join(folder, run, 'go'), '')
    const log = path.join(folder, 'log')
    await until(async () =>
      (await stat(log)).size > 4_000_000 && (await stat(log)).blocks * 512 < 400_000 ? true : undefined,
    )
    const guard = Number((await readFile(path.join(test.root, 'guard'), 'utf8')).split(' ')[0])
    expect(gone(guard)).toBeUndefined()

    await test.reopen()
    expect(await probe.log(ref)).toMatch(/^x+\nend\n$/)
    await until(() => gone(guard))
    await probe.cleanUp()
    await test.runtime.close()
    const next = Number((await readFile(path.join(test.root, 'guard'), 'utf8')).split(' ')[0])
    await until(() => gone(next))
  })

  it('who fills the disk is ended, and the next server says so', async () => {
    const { bavail, bsize } = await statfs(os.tmpdir())
    const test = await shellRuntime(undefined, { diskFloorBytes: bavail * bsize * 2 })
    const probe = createProbe(test)
    const calm = await probe.start('while :; do echo a line; sleep 0.1; done')
    // Begins when nobody looks: its folder is no longer the server's to watch.
    const flood = await probe.start(
      'sleep 1.5; while :; do dd if=/dev/zero of="$HOME/big" bs=1M count=16 conv=fsync 2>/dev/null; sleep 0.2; done',
    )
    await probe.logged(calm, 'a line')
    await test.runtime.close()
    const file = path.join(test.root, 'instances', `${flood.workloadId}.0`)
    await until(async () => {
      for await (const _note of glob(`${file}/run-*/note.json`)) return true
      return undefined
    }, 30_000)
    await test.reopen()
    expect(await probe.ended(flood)).toMatchObject({
      reason: 'disk-full',
      detail: expect.stringContaining('wrote the most'),
    })
    expect(await probe.find(calm)).toMatchObject({ phase: 'running' })
    await probe.cleanUp()
    await test.runtime.close()
  })
})
