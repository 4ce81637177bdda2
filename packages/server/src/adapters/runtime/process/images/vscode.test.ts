import { chmod, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { newId } from '@mllab/kernel'
import { createProbe, until, type Probe } from '@mllab/testkit/contracts/runtime.helpers'
import { afterAll, afterEach, describe, expect, it } from 'vitest'

import type { ImageDescription, InstanceRef, Runtime } from '../../../../ports/runtime.ts'
import type { ProcessRuntimeOptions } from '../process-runtime.ts'
import { getFrom } from '../testing/get-from.ts'
import { IMAGES_ROOT, newFolder, pythonRuntime, removeFolders, testBwrap, testCache } from '../testing/fixtures.ts'

/** Long only with an empty cache: then some hundred MB are fetched. */
const BUILD_MS = 300_000
const bwrapPath = testBwrap()
// Below a home that is closed nobody else starts anything.
const openToUsers = process.getuid?.() === 0 && !(await testCache()).startsWith(os.homedir())
const walls: Partial<ProcessRuntimeOptions>[] = [
  { isolation: 'none' },
  ...(openToUsers ? [{ isolation: 'users' as const }] : []),
  ...(bwrapPath === undefined ? [] : [{ isolation: 'namespaces' as const, bwrapPath }]),
]

const quietly = () => ({ onProgress: () => undefined, signal: AbortSignal.timeout(BUILD_MS) })

let opened: { runtime: Runtime; probe: Probe }[] = []
afterEach(async () => {
  for (const { runtime, probe } of opened) {
    await probe.cleanUp()
    await runtime.close()
  }
  opened = []
})
afterAll(removeFolders)

async function open(rest: Partial<ProcessRuntimeOptions>) {
  const folder = await newFolder()
  // As `/srv` is: others find a way through.
  await chmod(folder, 0o755)
  const runtime = await pythonRuntime(IMAGES_ROOT, { root: path.join(folder, 'data', 'runtime'), ...rest })
  const image = await runtime.images.ensure({ ref: 'mllab/workspace' }, quietly())
  const probe = createProbe({ runtime, image, reopen: async () => undefined })
  opened.push({ runtime, probe })
  return { runtime, image, probe }
}

/** A running workspace as far as its ports are there. */
async function workspace({ runtime, image, probe }: { runtime: Runtime; image: ImageDescription; probe: Probe }) {
  const volumeId = newId()
  await runtime.volumes.ensure({ id: volumeId, projectId: 'project', tenant: 'tenant' })
  const mounts = [{ volumeId, name: 'work', path: '/work', readOnly: false }]
  const { command: _command, ...spec } = probe.spec('', { image, ports: image.ports, mounts, workingMount: 'work' })
  await runtime.instances.apply(spec)
  return { spec, volumeId, vscode: await endpointOf(runtime, spec) }
}

const endpointOf = (runtime: Runtime, spec: InstanceRef) =>
  until(async () => runtime.instances.endpoint(spec, 'vscode'), 30_000)

const exec = async (runtime: Runtime, spec: InstanceRef, script: string) =>
  (await runtime.instances.exec(spec, ['/bin/sh', '-c', script], { signal: AbortSignal.timeout(30_000) })).output.trim()

/** The processes of VS Code in a workspace. */
const editors = (runtime: Runtime, spec: InstanceRef) =>
  exec(
    runtime,
    spec,
    "{ for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -q serve.cj[s] && echo ${p#/proc/}; done; } 2>/dev/null",
  )

describe('VS Code in a workspace', { timeout: BUILD_MS }, () => {
  for (const wall of walls) {
    it(`starts with the first request, as the workspace itself, behind a wall of ${wall.isolation} [WSP-05]`, async () => {
      const test = await open(wall)
      const { runtime, image } = test
      await runtime.images.ensureLayer(image, 'vscode', quietly())
      const { spec, vscode } = await workspace(test)
      expect(vscode.kind === 'unix' && (await stat(vscode.path)).mode & 0o777).toBe(0o600)
      expect(await editors(runtime, spec)).toBe('')
      expect(await getFrom(vscode, '/healthz')).toMatchObject({ status: 200 })

      const pid = await editors(runtime, spec)
      expect(pid).toMatch(/^\d+$/)
      const owner = 'stat -c %u /proc/$1 && tr "\\0" "\\n" </proc/$1/environ | grep -E "^(VIRTUAL_ENV|LAB_WORKLOAD)="'
      const own = await exec(runtime, spec, `id -u; echo VIRTUAL_ENV=$VIRTUAL_ENV; echo LAB_WORKLOAD=$LAB_WORKLOAD`)
      const its = await exec(runtime, spec, `set -- ${pid}; ${owner}`)
      expect(its.split('\n').toSorted()).toEqual(own.split('\n').toSorted())
      expect((await getFrom(vscode, '/')).status).toBe(302)

      await runtime.instances.remove(spec)
      await expect(getFrom(vscode, '/healthz')).rejects.toThrow(/ENOENT|ECONNREFUSED/)
    })
  }

  it('opens no port of its own, and writes into the log of the workspace', async () => {
    const test = await open({ isolation: 'none' })
    await test.runtime.images.ensureLayer(test.image, 'vscode', quietly())
    const { spec, vscode } = await workspace(test)
    expect((await getFrom(vscode, '/?folder=/')).status).toBe(200)
    await test.probe.logged(spec, 'Extension host agent started')
    const log = await test.probe.log(spec)
    expect(log).toContain('Authentication is disabled')
    expect(log).not.toMatch(/Server bound to|listening on \d|Could not|TypeError|ERR_|\[error\]/i)
  })
})
