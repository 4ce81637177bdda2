import { execFile } from 'node:child_process'
import { access, mkdir, readdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { until } from '@mllab/testkit/contracts/runtime.helpers'
import { afterAll, describe, expect, it } from 'vitest'

import { networkVariables } from '../instances/variables.ts'
import { IMAGES_ROOT, newFolder, removeFolders, testUv } from '../testing/fixtures.ts'
import { createPythons, usualPythons } from './python.ts'

const run = promisify(execFile)
const WORKSPACE = path.join(IMAGES_ROOT, 'workspace')
const pythons = createPythons(() => usualPythons(process.env['PATH'] ?? ''))

/** What stands for the image's environment: a venv with pip, and with these packages. */
async function sharedEnvironment(minor: string, ...packages: string[]) {
  const { interpreter } = await pythons.choose(minor)
  const folder = path.join(await newFolder(), 'shared')
  await tool(await testUv(), ['venv', '--quiet', '--seed', '--python', interpreter.path, folder])
  const python = path.join(folder, 'bin', 'python')
  if (packages.length > 0) await tool(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', ...packages])
  return { folder, python, version: `3.${interpreter.minor}` }
}

const env = { ...networkVariables(process.env), PATH: '/usr/bin:/bin', HOME: '/nonexistent', PIP_NO_CACHE_DIR: '1' }
const tool = async (program: string, args: readonly string[]) => (await run(program, args, { env })).stdout

/** A start of the workspace as far as its packages are concerned. */
const prepare = (home: string, shared: { folder: string; python: string }) =>
  tool(shared.python, [
    '-c',
    `import sys; sys.path.insert(0, ${JSON.stringify(WORKSPACE)}); import overlay; overlay.prepare(${JSON.stringify(home)}, ${JSON.stringify(shared.folder)})`,
  ])

const inOverlay = (home: string, code: string) => tool(path.join(home, '.lab/py/bin/python'), ['-c', code])
const pip = (home: string, ...args: string[]) => tool(path.join(home, '.lab/py/bin/pip'), args)
const names = async (home: string) => (await readdir(path.join(home, '.lab'))).toSorted()

afterAll(removeFolders)

describe("a workspace's own packages [WSP-35]", { timeout: 120_000 }, () => {
  it('come before those of the image, which stay as they are, and give way to them again', async () => {
    const shared = await sharedEnvironment('3.11', 'six==1.16.0', 'toolz==1.0.0')
    const [mine, other] = [await newFolder(), await newFolder()]
    await Promise.all([prepare(mine, shared), prepare(other, shared)])
    const versions = 'import six, toolz; print(six.__version__, toolz.__version__)'
    expect(await inOverlay(mine, versions)).toBe('1.16.0 1.0.0\n')
    await pip(mine, 'install', '--quiet', 'six==1.17.0')
    expect(await inOverlay(mine, versions)).toBe('1.17.0 1.0.0\n')
    expect(await inOverlay(other, versions)).toBe('1.16.0 1.0.0\n')
    expect(await tool(shared.python, ['-c', versions])).toBe('1.16.0 1.0.0\n')
    await pip(mine, 'uninstall', '--quiet', '--yes', 'six')
    expect(await inOverlay(mine, versions)).toBe('1.16.0 1.0.0\n')
  })

  it('stay when the image is updated', async () => {
    const before = await sharedEnvironment('3.11', 'six==1.16.0')
    const after = await sharedEnvironment('3.11', 'six==1.17.0')
    const home = await newFolder()
    await prepare(home, before)
    await pip(home, 'install', '--quiet', 'toolz==1.0.0')
    expect(await prepare(home, after)).toBe('')
    expect(await inOverlay(home, 'import six, toolz; print(six.__version__, toolz.__version__)')).toBe('1.17.0 1.0.0\n')
  })

  it('are installed again for another Python, and when the workspace was moved', async () => {
    const [before, after] = [await sharedEnvironment('3.11'), await sharedEnvironment('3.12')]
    const home = path.join(await newFolder(), 'first')
    await mkdir(home)
    await prepare(home, before)
    await pip(home, 'install', '--quiet', 'toolz==1.0.0', 'six==1.16.0')
    const versions = 'import sys, six, toolz; print("%d.%d" % sys.version_info[:2], six.__version__, toolz.__version__)'
    const moved = path.join(path.dirname(home), 'second')
    await rename(home, moved)
    for (const shared of [before, after]) {
      const said = await prepare(moved, shared)
      // A machine with one Python has nothing to carry over the second time.
      if (shared === before || before.version !== after.version) expect(said).toContain('installed again')
      await until(async () => ((await names(moved)).length === 1 ? true : undefined), 60_000)
      expect(await inOverlay(moved, versions)).toBe(`${shared.version} 1.16.0 1.0.0\n`)
    }
  })

  it('that cannot be installed again are kept', async () => {
    const shared = await sharedEnvironment('3.11')
    const home = path.join(await newFolder(), 'first')
    await mkdir(home)
    await prepare(home, shared)
    await pip(home, 'install', '--quiet', 'six==1.16.0')
    const site = (await inOverlay(home, 'import six, os; print(os.path.dirname(six.__file__), end="")')).trim()
    // Nothing of this name is on any index.
    await mkdir(path.join(site, 'mllab_never_published-1.0.dist-info'))
    await tool('/bin/sh', [
      '-c',
      `printf 'Metadata-Version: 2.1\\nName: mllab-never-published\\nVersion: 1.0\\n' > '${site}/mllab_never_published-1.0.dist-info/METADATA'`,
    ])
    const moved = path.join(path.dirname(home), 'second')
    await rename(home, moved)
    const said = await prepare(moved, shared)
    expect(said).toContain('Not to be had for this Python: mllab-never-published==1.0')
    expect(await inOverlay(moved, 'import six; print(six.__version__)')).toBe('1.16.0\n')
    await access(path.join(moved, '.lab', 'py-old', 'lib'))
  })
})
