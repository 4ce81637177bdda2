import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { testFolder } from '@mllab/testkit/folder'
import { beforeAll, describe, expect, it } from 'vitest'

import { PLATFORM_MUTATIONS } from './testing/platform-mutations.ts'
import { talkerImages } from './testing/talker.ts'

const run = promisify(execFile)
const PACKAGE = path.join(import.meta.dirname, '../../..')
const ATTACKER = 'src/edges/apps/testing/platform-mutant.fixture.ts'
const LONGEST_MS = 120_000

let images: string
beforeAll(async () => {
  images = await talkerImages()
})

/** Attacks the server in a folder; the names of what succeeded. */
async function attack(folder: string, names = ''): Promise<string> {
  const dataRoot = await mkdtemp(path.join(testFolder(), 'attacked-'))
  const { stdout } = await run(process.execPath, [path.join(folder, ATTACKER), dataRoot, images, names], {
    timeout: LONGEST_MS,
  })
  return stdout
}

async function mutantOf(change: (folder: string) => Promise<void>): Promise<string> {
  const folder = await mkdtemp(path.join(testFolder(), 'server-mutant-'))
  const server = path.join(folder, 'packages/server')
  await cp(path.join(PACKAGE, 'src'), path.join(server, 'src'), {
    recursive: true,
    filter: (file) => !file.endsWith('.test.ts'),
  })
  await cp(path.join(PACKAGE, 'package.json'), path.join(server, 'package.json'))
  await symlink(path.join(PACKAGE, '../../node_modules'), path.join(folder, 'node_modules'))
  await symlink(path.join(PACKAGE, '../ui'), path.join(folder, 'packages/ui'))
  await change(path.join(server, 'src'))
  return server
}

describe('a platform', () => {
  it('with all its checks holds', { timeout: LONGEST_MS }, async () => {
    expect(await attack(PACKAGE)).toBe('')
  })
})

describe.concurrent('a platform without its check of', () => {
  it.each(PLATFORM_MUTATIONS)('$check falls', { timeout: LONGEST_MS }, async ({ file, from, to, noticedBy }) => {
    const server = await mutantOf(async (sources) => {
      const source = await readFile(path.join(sources, file), 'utf8')
      expect(source.split(from), `${file} has ${JSON.stringify(from)} once`).toHaveLength(2)
      await writeFile(
        path.join(sources, file),
        source.replace(from, () => to),
      )
    })
    expect((await attack(server, noticedBy)) || (await attack(server))).not.toBe('')
  })
})
