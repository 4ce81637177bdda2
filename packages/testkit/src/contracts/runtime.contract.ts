import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { delay, newId } from '@mllab/kernel'
import type { InstanceRef } from '@mllab/server/ports/runtime'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createProbe, until, type Probe, type RuntimeUnderTest } from './runtime.helpers.ts'
import { lifecycles } from './runtime.lifecycle.ts'
import { logs } from './runtime.logs.ts'

export type { RuntimeUnderTest } from './runtime.helpers.ts'

/** What every `Runtime` does. It may have instances of others, also of suites that run at the same time. */
export function runtimeContract(name: string, open: () => Promise<RuntimeUnderTest>): void {
  describe(`Runtime on ${name}`, () => {
    let test: RuntimeUnderTest
    let probe: Probe
    beforeAll(async () => {
      test = await open()
    })
    beforeEach(() => {
      probe = createProbe(test)
    })
    afterEach(() => probe.cleanUp())
    afterAll(() => test.runtime.close())

    describe('instances', () =>
      lifecycles(
        () => test,
        () => probe,
      ))
    describe('logs', () =>
      logs(
        () => test,
        () => probe,
      ))
    describe('environment', () => environment(() => probe))
    describe('volumes', () =>
      volumes(
        () => test,
        () => probe,
      ))
    describe('exec and stats', () =>
      looksInside(
        () => test,
        () => probe,
      ))

    it('says that it is healthy', async () => {
      expect(await test.runtime.health()).toMatchObject({ ok: true })
    })

    it('knows the images that can be asked for, and refuses an unknown one of ours', async () => {
      const options = { onProgress: () => undefined, signal: new AbortController().signal }
      expect(await test.runtime.images.list()).toContainEqual({
        ref: test.image.ref,
        title: expect.any(String),
        ports: expect.any(Array),
        env: expect.any(Object),
        key: test.image.key,
        ready: true,
      })
      expect(await test.runtime.images.inspect(test.image)).toMatchObject(test.image)
      expect(await test.runtime.images.inspect({ ref: test.image.ref, key: 'f'.repeat(32) })).toBeUndefined()
      await expect(test.runtime.images.ensure({ ref: 'mllab/nothing' }, options)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      })
    })
  })
}

function environment(probe: () => Probe): void {
  it('gives exactly what was declared, and a place to write', async () => {
    const ref = await probe().start(
      'echo "$PLAIN $SECRET"; echo x > "$HOME/a" && echo y > "$TMPDIR/b" && echo written',
      {
        env: { PLAIN: 'a b' },
        secretEnv: { SECRET: "it's" },
      },
    )
    expect(await probe().ended(ref)).toMatchObject({ code: 0 })
    expect(await probe().log(ref)).toBe("a b it's\nwritten\n")
  })

  it('does not hand the environment of the server on', async () => {
    process.env['MLLAB_SERVER_SECRET'] = 'leaked'
    try {
      const ref = await probe().start('env')
      await probe().ended(ref)
      expect(await probe().log(ref)).not.toContain('leaked')
    } finally {
      delete process.env['MLLAB_SERVER_SECRET']
    }
  })

  it('fills placeholders in, and refuses those that mean nothing or would show a secret', async () => {
    const command = ['/bin/sh', '-c', 'echo "$@"', 'sh', '{basePath}', '{env:WORD}', '{other}', '${HOME}']
    const filled = await probe().start('', { command, env: { LAB_SERVICE_PATH: '/w/1/', WORD: 'word' } })
    await probe().ended(filled)
    expect(await probe().log(filled)).toBe('/w/1/ word {other} ${HOME}\n')
    for (const bad of ['{env:SECRET}', '{port:none}', '{volume:none}']) {
      const refused = probe().start('', {
        command: ['/bin/sh', '-c', 'echo "$@"', 'sh', bad],
        secretEnv: { SECRET: 's' },
      })
      await expect(refused).rejects.toMatchObject({ code: 'INVALID', subjects: [bad] })
    }
  })
}

function volumes(test: () => RuntimeUnderTest, probe: () => Probe): void {
  const make = async () => {
    const volume = { id: newId(), projectId: newId(), tenant: 'project' }
    await test().runtime.volumes.ensure(volume)
    return volume.id
  }
  const mount = (volumeId: string) => ({ volumeId, name: 'work', path: '/work', readOnly: false })

  it('outlive the instances that use them', async () => {
    const volumeId = await make()
    await test().runtime.volumes.ensure({ id: volumeId, projectId: newId(), tenant: 'project' })
    await test().runtime.volumes.writeFile(volumeId, 'deep/in.txt', Buffer.from('from the platform'))
    const mounts = [mount(volumeId)]
    const first = await probe().start('cat deep/in.txt; echo " and back" > out.txt', { mounts, workingMount: 'work' })
    await probe().ended(first)
    expect(await probe().log(first)).toBe('from the platform')
    await test().runtime.instances.remove(first)
    const second = await probe().start('cat "$1/out.txt"', {
      mounts,
      command: ['/bin/sh', '-c', 'cat "$1/out.txt"', 'sh', '{volume:work}'],
    })
    await probe().ended(second)
    expect(await probe().log(second)).toBe(' and back\n')
    expect((await test().runtime.volumes.usage(volumeId)).bytes).toBeGreaterThan(0)
    expect(await test().runtime.volumes.list()).toContain(volumeId)
    await test().runtime.volumes.remove(volumeId)
    await test().runtime.volumes.remove(volumeId)
    expect(await test().runtime.volumes.list()).not.toContain(volumeId)
  })

  it('do not let a written file leave them', async () => {
    const volumeId = await make()
    const ref = await probe().start('ln -s /tmp link; mkdir plain; echo done', {
      mounts: [mount(volumeId)],
      workingMount: 'work',
    })
    await probe().ended(ref)
    for (const bad of ['../escaped', '/etc/escaped', 'link/escaped', 'a/../../escaped', 'plain', ''])
      await expect(test().runtime.volumes.writeFile(volumeId, bad, Buffer.from('x'))).rejects.toMatchObject({
        code: 'INVALID',
      })
    await test().runtime.volumes.remove(volumeId)
  })

  it('take whole files and ranges of the platform’s own, which stay as they are', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'mllab-place-'))
    try {
      const file = path.join(folder, 'bytes')
      await writeFile(file, '0123456789')
      await chmod(file, 0o444)
      for (const sealed of [false, true]) {
        const volumeId = newId()
        await test().runtime.volumes.ensure({ id: volumeId, projectId: 'project', tenant: 'project', sealed })
        const place = (at: string, start: number, sizeBytes: number) =>
          test().runtime.volumes.placeFile(volumeId, at, { file, start, sizeBytes })
        await place('deep/all', 0, 10)
        await place('deep/all', 0, 10)
        await place('middle', 3, 4)
        await place('none', 5, 0)
        await expect(place('beyond', 8, 4)).rejects.toMatchObject({ code: 'CORRUPT' })
        await expect(place('../out', 0, 10)).rejects.toMatchObject({ code: 'INVALID' })
        const ref = await probe().start('', {
          projectId: 'project',
          mounts: [{ ...mount(volumeId), readOnly: true }],
          command: ['/bin/sh', '-c', 'cd "$1"; cat deep/all middle none; ls', 'sh', '{volume:work}'],
        })
        await probe().ended(ref)
        expect(await probe().log(ref)).toBe('01234567893456deep\nmiddle\nnone\n')
        await test().runtime.instances.remove(ref)
        await test().runtime.volumes.remove(volumeId)
      }
      expect(await readFile(file, 'utf8')).toBe('0123456789')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('must exist before they are mounted', async () => {
    await expect(probe().start('true', { mounts: [mount(newId())] })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(test().runtime.volumes.usage(newId())).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
}

function looksInside(test: () => RuntimeUnderTest, probe: () => Probe): void {
  const signal = () => AbortSignal.timeout(15_000)

  it('runs a command where an instance runs', async () => {
    const ref = await probe().start('echo up; sleep 600', { secretEnv: { SECRET: 'inside' } })
    await probe().logged(ref, 'up')
    const script = ['/bin/sh', '-c', 'echo "$SECRET"; echo error >&2; exit 3']
    expect(await test().runtime.instances.exec(ref, script, { signal: signal() })).toEqual({
      code: 3,
      output: 'inside\nerror\n',
    })
    const endless = test().runtime.instances.exec(ref, ['sleep', '600'], { signal: AbortSignal.timeout(50) })
    await expect(endless).rejects.toThrow('timeout')
  })

  it('refuses a command where nothing runs', async () => {
    const ref = await probe().start('true')
    await probe().ended(ref)
    await expect(test().runtime.instances.exec(ref, ['true'], { signal: signal() })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
    const nobody = { workloadId: newId(), replica: 0 }
    await expect(test().runtime.instances.exec(nobody, ['true'], { signal: signal() })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('counts what an instance and its children use', async () => {
    const ref = await probe().start(
      '(i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo counted; sleep 600) & wait',
    )
    await probe().logged(ref, 'counted')
    const used = (await test().runtime.instances.stats()).find(({ workloadId }) => workloadId === ref.workloadId)
    expect(used?.cpuSeconds).toBeGreaterThan(0.01)
    expect(used?.memoryBytes).toBeGreaterThan(50_000)
    expect(used?.processes).toBeGreaterThanOrEqual(2)
  })

  it('stops an instance with all it started where it stands, over a restart of the server too, and lets it go on', async () => {
    if (!test().runtime.capabilities.suspend) return
    const loop = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done'
    const ref = await probe().start(`setsid sh -c '${loop}' & trap 'echo bye; exit 0' TERM; ${loop}`)
    await probe().logged(ref, '3\n')
    await test().runtime.instances.suspend(ref, true)
    await test().runtime.instances.suspend(ref, true)
    expect(await probe().find(ref)).toMatchObject({ phase: 'running', suspended: true })
    const before = await probe().log(ref)
    await test().reopen()
    expect(await probe().find(ref)).toMatchObject({ phase: 'running', suspended: true })
    await expect(test().runtime.instances.exec(ref, ['true'], { signal: signal() })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
    // Ten times as long as either loop needs for a line.
    await delay(200)
    expect(await probe().log(ref)).toBe(before)
    await test().runtime.instances.suspend(ref, false)
    expect(await probe().find(ref)).toMatchObject({ suspended: false })
    await until(async () => ((await probe().log(ref)).length > before.length + 20 ? true : undefined))

    await test().runtime.instances.suspend(ref, true)
    await test().runtime.instances.remove(ref, { keepLog: true })
    expect(await probe().log(ref)).toContain('bye\n')
    await expect(test().runtime.instances.suspend(ref, true)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('knows whether something is at work in an instance', async () => {
    if (!test().runtime.capabilities.stats) return
    const [busy, quiet] = [await probe().start('while :; do :; done'), await probe().start('exec sleep 600')]
    const of = async (ref: InstanceRef) =>
      (await test().runtime.instances.activity()).find(({ workloadId }) => workloadId === ref.workloadId)
    await until(async () => (((await of(busy))?.cpuCores ?? 0) > 0.2 ? true : undefined))
    expect((await of(quiet))?.cpuCores).toBeLessThan(0.05)
    expect(await of(quiet)).toMatchObject({ terminals: 0, busyTerminals: 0, suspended: false })
  })
}
