import { chmod, readFile } from 'node:fs/promises'
import path from 'node:path'

import { createProbe, until } from '@mllab/testkit/contracts/runtime.helpers'
import { afterAll, describe, expect, it } from 'vitest'

import type { InstanceRef, Runtime } from '../../../../ports/runtime.ts'
import { isDead, readAllStats, readEnviron } from '../host/proc.ts'
import { IMAGES_ROOT, newFolder, pythonImages, pythonRuntime, removeFolders } from '../testing/fixtures.ts'

afterAll(removeFolders)

const isRoot = process.getuid?.() === 0
/** What the image of a workspace brings, with a program of a few lines in JupyterLab's place. */
const START = `
import os, sys, time
def import_lab(): pass
def main():
    own = os.getuid() == os.stat('.').st_uid
    print(os.environ['WORD'], os.getcwd() == os.environ['HOME'], own, sys.argv[1:], flush=True)
    while not os.path.exists('end'): time.sleep(0.01)
    sys.exit(5)
if __name__ == '__main__':
    main()
`
const WARM_UP = `
import sys, os
open(os.path.join(sys.prefix, 'preload.txt'), 'w').write('json no_such_module')
`

async function openTest(isolation: 'none' | 'users') {
  const imagesRoot = await pythonImages('', {
    'image.json': JSON.stringify({ title: 'Tiny', command: ['{python}', '{image}/start.py', '--here'] }),
    'start.py': START,
    'warmup.py': WARM_UP,
    'warm.py': await readFile(path.join(IMAGES_ROOT, 'workspace', 'warm.py'), 'utf8'),
  })
  const home = await newFolder()
  await chmod(home, 0o755)
  const root = path.join(home, 'data', 'runtime')
  const open = () =>
    pythonRuntime(imagesRoot, { root, cacheRoot: path.join(root, 'environments'), warmPool: true, isolation })
  const runtime = await open()
  const options = { onProgress: () => undefined, signal: AbortSignal.timeout(60_000) }
  const image = await runtime.images.ensure({ ref: 'mllab/tiny' }, options)
  const test = {
    runtime,
    image,
    root,
    reopen: async () => {
      await test.runtime.close()
      test.runtime = await open()
    },
  }
  return test
}

const isWarm = async (runtime: Runtime, ref: InstanceRef) => {
  const { output } = await runtime.instances.exec(ref, ['/bin/sh', '-c', 'echo $LAB_WORKLOAD'], {
    signal: AbortSignal.timeout(10_000),
  })
  return output.includes('-warm-')
}

/** Processes that wait below this root to be something. */
const waiting = (root: string) =>
  readAllStats().filter((stat) => !isDead(stat) && readEnviron(stat.pid)?.includes(`HOME=${root}/warm/`))

for (const isolation of isRoot ? (['none', 'users'] as const) : (['none'] as const)) {
  describe(`a process that was kept ready, isolation ${isolation}`, { timeout: 60_000 }, () => {
    it('becomes the next instance, with all that one is, and none is left when the server ends', async () => {
      const test = await openTest(isolation)
      const probe = createProbe(test)
      const start = async () => {
        const { command: _command, ...rest } = probe.spec('', {
          env: { WORD: 'hello' },
          secretEnv: { TOKEN: 'secret' },
        })
        const { workloadId: id, projectId, tenant } = rest
        await test.runtime.volumes.ensure({ id, projectId, tenant })
        const mounts = [{ volumeId: id, name: 'work', path: '/work', readOnly: false }]
        const spec = { ...rest, mounts, workingMount: 'work' }
        await test.runtime.instances.apply(spec)
        await probe.logged(spec, 'hello')
        return spec
      }
      expect(await isWarm(test.runtime, await start())).toBe(false)
      await until(() => (waiting(test.root).length >= 2 ? true : undefined))
      const warm = await until(async () => {
        const next = await start()
        return (await isWarm(test.runtime, next)) ? next : undefined
      })
      expect(await probe.log(warm)).toBe("hello True True ['--here']\n")
      expect(await test.runtime.instances.stats()).toContainEqual(
        expect.objectContaining({ workloadId: warm.workloadId }),
      )
      await test.reopen()
      expect(await probe.find(warm)).toMatchObject({ phase: 'running' })
      const script = 'echo "$TOKEN"; [ "$(id -u)" = "$(stat -c %u .)" ] && echo own; touch end'
      const run = await test.runtime.instances.exec(warm, ['/bin/sh', '-c', script], {
        signal: AbortSignal.timeout(10_000),
      })
      expect(run.output).toBe('secret\nown\n')
      expect(await probe.ended(warm)).toMatchObject({ code: 5, reason: 'exit' })
      await probe.cleanUp()
      await test.runtime.close()
      expect(waiting(test.root)).toEqual([])
    })
  })
}
