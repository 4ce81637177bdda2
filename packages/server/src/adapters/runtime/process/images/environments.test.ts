import { execFile, spawn } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { createFakeClock } from '@mllab/kernel'
import { createProbe, until } from '@mllab/testkit/contracts/runtime.helpers'
import { afterAll, describe, expect, it } from 'vitest'

import type { ImageProgress, ImageRequest, Runtime } from '../../../../ports/runtime.ts'
import { networkVariables } from '../instances/variables.ts'
import { newFolder, pythonImages, pythonRuntime, removeFolders } from '../testing/fixtures.ts'

const SIX = `six==1.17.0 \\
    --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274 \\
    --hash=sha256:ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81
`
/** A proxy where nobody listens. */
const NO_WAY_OUT = {
  HTTPS_PROXY: 'http://127.0.0.1:9',
  HTTP_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '',
  UV_HTTP_RETRIES: '0',
}
const DAY_MS = 24 * 3600_000
const WITH_SIX = { 'requirements.in': 'six\n' }

const ensure = (
  runtime: Runtime,
  request: Partial<ImageRequest> = {},
  seen: ImageProgress[] = [],
  signal = AbortSignal.timeout(60_000),
) => runtime.images.ensure({ ref: 'mllab/tiny', ...request }, { onProgress: (progress) => seen.push(progress), signal })

/** What is left of a build: finished environments and temporary folders. */
const contents = async (cacheRoot: string) => {
  const names = await readdir(path.join(cacheRoot, 'environments'))
  return {
    built: names.filter((name) => !name.startsWith('.')).length,
    temporary: names.filter((name) => name.startsWith('.')).length,
  }
}

afterAll(removeFolders)

describe('an environment', { timeout: 120_000 }, () => {
  it('is built once by all who ask at once, with progress, and is found again', async () => {
    const cacheRoot = await newFolder()
    const imagesRoot = await pythonImages(SIX, { ...WITH_SIX, 'warmup.py': 'import six\n' })
    const runtime = await pythonRuntime(imagesRoot, { cacheRoot })
    expect(await runtime.images.list()).toEqual([
      { ref: 'mllab/tiny', title: 'Tiny', ports: [], env: {}, key: expect.any(String), ready: false },
    ])
    const [seen, late]: ImageProgress[][] = [[], []]
    const [first, second] = await Promise.all([ensure(runtime, {}, seen), ensure(runtime, {}, late)])
    expect(second).toEqual(first)
    expect(await contents(cacheRoot)).toEqual({ built: 1, temporary: 0 })
    const done = seen?.map((progress) => progress.done) ?? []
    expect(done).toEqual(done.toSorted((a, b) => a - b))
    expect(seen?.at(-1)).toEqual({ step: 'Ready', done: 100, total: 100, unit: 'steps' })
    expect(late?.at(-1)?.step).toBe('Ready')
    expect(await runtime.images.list()).toEqual([
      { ref: 'mllab/tiny', title: 'Tiny', ports: [], env: {}, key: expect.any(String), ready: true },
    ])

    const again: ImageProgress[] = []
    expect(await ensure(runtime, {}, again)).toEqual(first)
    expect(again).toEqual([])
    expect(await runtime.images.inspect(first)).toEqual(first)
    await runtime.close()
  })

  it('starts what was resolved, with its packages, even after the image has changed', async () => {
    const cacheRoot = await newFolder()
    const files = { 'image.json': JSON.stringify({ title: 'Tiny', command: ['{python}', '{image}/main.py'] }) }
    const imagesRoot = await pythonImages(SIX, {
      ...WITH_SIX,
      ...files,
      'main.py': 'import six; print("old", six.__version__)\n',
    })
    const runtime = await pythonRuntime(imagesRoot, { cacheRoot })
    const old = await ensure(runtime)
    await writeFile(path.join(imagesRoot, 'tiny', 'main.py'), 'import six; print("new", six.__version__)\n')
    const renewed = await ensure(runtime)
    expect(await contents(cacheRoot)).toEqual({ built: 1, temporary: 0 })
    const probe = createProbe({ runtime, image: old, reopen: async () => undefined })
    const refs = [old, renewed].map((image) => {
      const { command: _command, ...spec } = probe.spec('', { image: { ref: image.ref, key: image.key } })
      return spec
    })
    for (const spec of refs) await runtime.instances.apply(spec)
    const logs = await Promise.all(refs.map(async (spec) => (await probe.ended(spec), probe.log(spec))))
    expect(logs).toEqual(['old 1.17.0\n', 'new 1.17.0\n'])
    await probe.cleanUp()
    await runtime.close()
  })

  it('takes requirements of somebody else, exactly in their versions', async () => {
    const runtime = await pythonRuntime(await pythonImages(SIX, WITH_SIX))
    const image = await ensure(runtime, { requirements: ['six==1.16.0'] })
    expect(image.key).not.toBe((await ensure(runtime)).key)
    const probe = createProbe({ runtime, image, reopen: async () => undefined })
    const ref = await probe.start('', { command: ['{python}', '-c', 'import six; print(six.__version__)'] })
    await probe.ended(ref)
    expect(await probe.log(ref)).toBe('1.16.0\n')
    await probe.cleanUp()
    await runtime.close()
  })

  it('that cannot be built says why, and leaves nothing', async () => {
    const cacheRoot = await newFolder()
    const images = await pythonImages(SIX, WITH_SIX)
    const runtime = await pythonRuntime(images, { cacheRoot })
    const conflict = ensure(runtime, { requirements: ['six==1.16.0', 'six==1.15.0'] })
    await expect(conflict).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('Because you require six==1.16.0 and six==1.15.0'),
    })
    await expect(ensure(runtime, { requirements: ['six==99.0'] })).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('six==99.0'),
    })
    await expect(ensure(runtime, { requirements: ['-r /etc/passwd'] })).rejects.toMatchObject({ code: 'INVALID' })
    await expect(ensure(runtime, { ref: 'postgres:17' })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await runtime.close()

    const offline = await pythonRuntime(images, {
      cacheRoot: await newFolder(),
      network: { UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple', UV_HTTP_RETRIES: '0' },
    })
    await expect(ensure(offline)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('index cannot be reached'),
    })
    await offline.close()
    const broken = await pythonRuntime(
      await pythonImages(SIX, { ...WITH_SIX, 'warmup.py': 'import nothing_like_it\n' }),
      { cacheRoot },
    )
    await expect(ensure(broken)).rejects.toThrow('nothing_like_it')
    expect(await contents(cacheRoot)).toEqual({ built: 0, temporary: 0 })
    await broken.close()
  })

  it('is given up when nobody wants it any more, and only then', async () => {
    const cacheRoot = await newFolder()
    const slow = {
      ...WITH_SIX,
      'warmup.py':
        'import time, os\nwhile not os.path.exists(os.path.join(os.environ["HOME"], "go")): time.sleep(0.01)\n',
    }
    const runtime = await pythonRuntime(await pythonImages(SIX, slow), { cacheRoot })
    const [first, second] = [new AbortController(), new AbortController()]
    const seen: ImageProgress[] = []
    const builds = [ensure(runtime, {}, seen, first.signal), ensure(runtime, {}, [], second.signal)]
    const outcomes = Promise.allSettled(builds)
    await until(() => seen.find(({ step }) => step === 'Preparing for fast starts'))
    first.abort(new Error('first left'))
    await expect(builds[0]).rejects.toThrow('first left')
    expect((await contents(cacheRoot)).temporary).toBe(1)
    second.abort(new Error('second left'))
    await outcomes
    expect(await contents(cacheRoot)).toEqual({ built: 0, temporary: 0 })
    await runtime.close()
  })

  it('is built by several servers at once, and whoever is late takes what is there', async () => {
    const cacheRoot = await newFolder()
    const imagesRoot = await pythonImages(SIX, WITH_SIX)
    const servers = await Promise.all([1, 2, 3].map(() => pythonRuntime(imagesRoot, { cacheRoot })))
    const images = await Promise.all(servers.map((server) => ensure(server)))
    expect(new Set(images.map(({ key }) => key)).size).toBe(1)
    expect(await contents(cacheRoot)).toEqual({ built: 1, temporary: 0 })
    for (const server of servers) await server.close()
  })

  it('is built without a way to the index from what another one left in the cache', async () => {
    const cacheRoot = await newFolder()
    const online = await pythonRuntime(await pythonImages(SIX, WITH_SIX), { cacheRoot })
    await ensure(online)
    await online.close()
    const other = await pythonImages(`# another lock\n${SIX}`, WITH_SIX)
    const network = { ...networkVariables(process.env), ...NO_WAY_OUT }
    const offline = await pythonRuntime(other, { cacheRoot, network })
    expect(await ensure(offline)).toMatchObject({ ref: 'mllab/tiny' })
    expect(await contents(cacheRoot)).toEqual({ built: 2, temporary: 0 })
    await offline.close()
  })

  it('goes when no workload has named it for 30 days, and not before', async () => {
    const cacheRoot = await newFolder()
    // Markers are made by the clock of the disk.
    const clock = createFakeClock(Date.now())
    const imagesRoot = await pythonImages(SIX, WITH_SIX)
    const runtime = await pythonRuntime(imagesRoot, { cacheRoot, clock })
    const named = await ensure(runtime)
    const unnamed = await ensure(runtime, { requirements: ['six==1.16.0'] })
    clock.advance(29 * DAY_MS)
    await runtime.images.prune([named])
    expect(await contents(cacheRoot)).toEqual({ built: 2, temporary: 0 })
    clock.advance(2 * DAY_MS)
    await runtime.images.prune([named])
    expect(await contents(cacheRoot)).toEqual({ built: 1, temporary: 0 })
    expect(await runtime.images.inspect(named)).toEqual(named)
    expect(await runtime.images.inspect(unnamed)).toBeUndefined()
    expect(await ensure(runtime, { requirements: ['six==1.16.0'] })).toEqual(unnamed)
    await runtime.close()
  })

  it('that was half deleted when its server ended goes with the next start', async () => {
    const cacheRoot = await newFolder()
    await mkdir(path.join(cacheRoot, 'environments', '.del-0123456789ab', 'lib'), { recursive: true })
    const runtime = await pythonRuntime(await pythonImages(SIX, WITH_SIX), { cacheRoot })
    expect(await contents(cacheRoot)).toEqual({ built: 0, temporary: 0 })
    await runtime.close()
  })

  it('cannot be written by anybody and be read by everybody', async () => {
    const cacheRoot = await newFolder()
    const runtime = await pythonRuntime(await pythonImages(SIX, WITH_SIX), { cacheRoot })
    await ensure(runtime)
    const places = ['environments', 'images'].map((name) => path.join(cacheRoot, name))
    const wrong = '-mindepth 1 ( -perm /222 -o -not -perm -444 ) -not -type l'.split(' ')
    const { stdout } = await promisify(execFile)('find', [...places, ...wrong])
    expect(stdout).toBe('')
    await runtime.close()
  })

  it('that a killed builder left half is swept away, never used', async () => {
    const cacheRoot = await newFolder()
    const slow = { ...WITH_SIX, 'warmup.py': 'import time\nprint("warming", flush=True)\ntime.sleep(60)\n' }
    const images = await pythonImages(SIX, slow)
    const script = fileURLToPath(new URL('../testing/doomed-builder.ts', import.meta.url))
    const builder = spawn(process.execPath, [script, images, cacheRoot], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => builder.stdout.once('data', resolve))
    const ended = new Promise((resolve) => builder.once('exit', resolve))
    builder.kill('SIGKILL')
    await ended
    expect(await contents(cacheRoot)).toEqual({ built: 0, temporary: 1 })
    const runtime = await pythonRuntime(await pythonImages(SIX, WITH_SIX), { cacheRoot })
    expect(await contents(cacheRoot)).toEqual({ built: 0, temporary: 0 })
    expect(await ensure(runtime)).toMatchObject({ ref: 'mllab/tiny' })
    await runtime.close()
  })
})
