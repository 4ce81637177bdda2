import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdir, readdir, readlink, rename, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { afterAll, describe, expect, it, vi } from 'vitest'

import { newFolder, removeFolders } from '../testing/fixtures.ts'
import { copyReadOnly } from './copy-read-only.ts'

const run = promisify(execFile)
const OWNER = 30_418

type Folders = [string, string, string]

describe.runIf(process.getuid?.() === 0)('a copy that nobody but root may change', () => {
  afterAll(removeFolders)

  it('has files, folders and links as they were, and no rights but to read and run', async () => {
    const base = await newFolder()
    const [source, target] = [path.join(base, 'source'), path.join(base, 'copies', 'target')]
    await mkdir(path.join(source, 'deep'), { recursive: true })
    await writeFile(path.join(source, 'deep', 'tool'), 'run', { mode: 0o4755 })
    await writeFile(path.join(source, 'data'), 'data', { mode: 0o666 })
    await symlink('/etc/shadow', path.join(source, 'link'))
    await once(spawn('mkfifo', [path.join(source, 'pipe')]), 'close')
    await copyReadOnly(source, target, OWNER)
    expect((await readdir(target)).toSorted()).toEqual(['data', 'deep', 'link'])
    const facts = async (name: string) => {
      const { uid, gid, mode } = await lstat(path.join(target, name))
      return [uid, gid, (mode & 0o7777).toString(8)]
    }
    expect(await Promise.all(['', 'data', 'deep', 'deep/tool'].map(facts))).toEqual([
      [0, OWNER, '550'],
      [0, OWNER, '440'],
      [0, OWNER, '550'],
      [0, OWNER, '550'],
    ])
    expect(await readlink(path.join(target, 'link'))).toBe('/etc/shadow')
  })

  it('never holds what a folder leads to that is made a link while it is copied', async () => {
    const base = await newFolder()
    const [source, target, closed] = ['source', 'target', 'closed'].map((name) => path.join(base, name)) as Folders
    const names = Array.from({ length: 1500 }, (_, index) => `f${index}`)
    for (const [folder, text] of [
      [path.join(source, 'd'), 'mine'],
      [closed, 'closed'],
    ] as const) {
      await mkdir(folder, { recursive: true })
      for (const name of names) await writeFile(path.join(folder, name), text)
    }
    const copied = copyReadOnly(source, target, OWNER)
    await vi.waitFor(async () => expect((await readdir(path.join(target, 'd'))).length).toBeGreaterThan(0), {
      interval: 1,
    })
    await rename(path.join(source, 'd'), path.join(source, 'aside'))
    await symlink(closed, path.join(source, 'd'))
    await copied
    const { stdout } = await run('find', [path.join(target, 'd'), '-type', 'f', '-exec', 'cat', '{}', '+'])
    expect(stdout.replaceAll('mine', '')).toBe('')
  })
})
