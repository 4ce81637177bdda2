import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { silentLog, systemClock } from '@mllab/kernel'

import { removeTree } from '../images/environment-build.ts'
import { createPythons, usualPythons } from '../images/python.ts'
import { toolVariables } from '../images/tool-variables.ts'
import { findUv } from '../images/uv.ts'
import { networkVariables } from '../instances/variables.ts'
import { createProcessRuntime, type ProcessRuntimeOptions } from '../process-runtime.ts'

/** The images that we ship. */
export const IMAGES_ROOT = fileURLToPath(new URL('../../../../../../../images', import.meta.url))

const folders: string[] = []

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mllab-rt-'))
  folders.push(folder)
  return folder
}

export async function removeFolders(): Promise<void> {
  await Promise.all(folders.splice(0).map(removeTree))
}

/** A folder of images with `mllab/shell`, which needs no Python. */
async function shellImages(root: string): Promise<string> {
  await mkdir(path.join(root, 'shell'), { recursive: true })
  const image = { title: 'A shell', command: ['/bin/sh', '-c', 'sleep 600'] }
  await writeFile(path.join(root, 'shell', 'image.json'), JSON.stringify(image))
  return root
}

/** A folder of images with one that needs these requirements, already locked. */
export async function pythonImages(lock: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const root = await newFolder()
  const folder = path.join(root, 'tiny')
  await mkdir(folder)
  const image = { title: 'Tiny', command: ['{python}', '-c', 'pass'] }
  const all = { 'image.json': JSON.stringify(image), 'requirements.in': '', 'requirements.lock': lock, ...files }
  for (const [name, content] of Object.entries(all)) await writeFile(path.join(folder, name), content)
  return root
}

/** bubblewrap for tests: `LAB_TEST_BWRAP` (`npm test` unpacks one and says where), else the machine's own; undefined if there is none. */
export function testBwrap(): string | undefined {
  const candidates = [process.env['LAB_TEST_BWRAP'], '/usr/bin/bwrap', '/usr/local/bin/bwrap']
  return candidates.find((file) => file !== undefined && existsSync(file))
}

/** Built environments and uv's cache, kept between runs so that they take seconds: `LAB_TEST_CACHE`, else below the user's cache folder. */
export async function testCache(): Promise<string> {
  const folder = process.env['LAB_TEST_CACHE'] ?? path.join(os.homedir(), '.cache', 'mllab-test')
  await mkdir(folder, { recursive: true })
  return path.join(folder, 'runtime')
}

export function openRuntime(
  options: Pick<ProcessRuntimeOptions, 'root' | 'imagesRoot'> & Partial<ProcessRuntimeOptions>,
) {
  return createProcessRuntime({
    platformUrl: 'http://127.0.0.1:1',
    log: silentLog,
    clock: systemClock,
    network: networkVariables(process.env),
    searchPath: process.env['PATH'] ?? '',
    isolation: 'none',
    warmPool: false,
    ...options,
  })
}

export async function shellRuntime(root?: string, rest: Partial<ProcessRuntimeOptions> = {}) {
  const home = root ?? path.join(await newFolder(), 'runtime')
  const imagesRoot = await shellImages(`${home}-images`)
  const open = () => openRuntime({ root: home, imagesRoot, ...rest })
  const runtime = await open()
  const image = await runtime.images.ensure(
    { ref: 'mllab/shell' },
    { onProgress: () => undefined, signal: new AbortController().signal },
  )
  const test = {
    runtime,
    image: { ref: image.ref, key: image.key },
    root: home,
    imagesRoot,
    reopen: async () => {
      await test.runtime.close()
      test.runtime = await open()
    },
  }
  return test
}

/** A uv for tests: `LAB_UV`, else installed once by pip into the cache of the tests. */
export async function testUv(): Promise<string> {
  const network = networkVariables(process.env)
  const tools = path.join(await testCache(), 'tools')
  const { env } = toolVariables(network, { home: tools, cache: path.join(tools, 'cache') })
  return findUv(
    {
      uvPath: process.env['LAB_UV'],
      searchPath: '',
      tools,
      // Nobody listens there: pip fetches it, as this machine has it set up.
      indexUrl: 'http://127.0.0.1:9/simple',
      env,
      pythons: createPythons(() => usualPythons(process.env['PATH'] ?? '')),
      log: silentLog,
    },
    () => undefined,
    AbortSignal.timeout(120_000),
  )
}

/** A runtime with the images below `imagesRoot` and the cache of the tests. */
export async function pythonRuntime(imagesRoot: string, rest: Partial<ProcessRuntimeOptions> = {}) {
  const root = rest.root ?? path.join(await newFolder(), 'runtime')
  return openRuntime({ imagesRoot, cacheRoot: await testCache(), uvPath: await testUv(), ...rest, root })
}
