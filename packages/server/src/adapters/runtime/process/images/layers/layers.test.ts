import { spawn } from 'node:child_process'
import { access, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { createFakeClock, silentLog, type Clock } from '@mllab/kernel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { newFolder, removeFolders } from '../../testing/fixtures.ts'
import { editorLayer, npmRegistry, type NpmRegistry } from '../../testing/npm-registry.ts'
import { readLayer } from './layer-description.ts'
import { createLayers } from './layers.ts'
import { createNpmArchives } from './npm-archives.ts'

const DAY_MS = 24 * 3600_000

let registry: NpmRegistry
let source: string
let root: string
let clock: ReturnType<typeof createFakeClock>
beforeEach(async () => {
  registry = await npmRegistry()
  source = await editorLayer(registry)
  root = await newFolder()
  // Markers are made by the clock of the disk.
  clock = createFakeClock(Date.now())
})
afterEach(async () => {
  await registry.close()
  await removeFolders()
})

const folder = () => path.join(root, 'layers')
const cache = () => path.join(root, 'cache')
const open = async (now: Clock = clock) => {
  const archives = await createNpmArchives({ folder: cache(), registryUrl: registry.url, clock: now })
  return createLayers({ folder: folder(), archives, clock: now, log: silentLog })
}
const quietly = () => ({ onProgress: () => undefined, signal: AbortSignal.timeout(20_000) })
const filesOf = async (place: string) =>
  (await readdir(place, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(place, path.join(entry.parentPath, entry.name)))
    .toSorted()

describe('layers of images', () => {
  it('hold what the lock says for this machine, with our files in place of theirs, and run nothing [WSP-05]', async () => {
    const layers = await open()
    const editor = await readLayer(source)
    await layers.ensure(editor, quietly())
    const place = layers.folderOf(editor)
    expect(await filesOf(place)).toEqual([
      'built.json',
      'lib/main',
      'server/main.js',
      'server/node_modules/@team/library/index.js',
      'server/npm-shrinkwrap.json',
      'start',
    ])
    expect(await readFile(path.join(place, 'server/node_modules/@team/library/index.js'), 'utf8')).toBe('ours')
    expect(await readlink(path.join(place, 'lib/main'))).toBe('../server/main.js')
    expect(((await stat(path.join(place, 'start'))).mode & 0o777).toString(8)).toBe('555')
  })

  it('tell how far they are', async () => {
    const layers = await open()
    const seen: { step: string; done: number }[] = []
    await layers.ensure(await readLayer(source), {
      ...quietly(),
      onProgress: ({ step, done }) => seen.push({ step, done }),
    })
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).toSorted((a, b) => a - b))
    expect(seen.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['Downloading editor', 'Installed 1 of 1 packages']),
    )
    expect(seen.at(-1)).toEqual({ step: 'Ready', done: 100 })
  })

  it('are built once for all who ask at the same time', async () => {
    const layers = await open()
    const editor = await readLayer(source)
    await Promise.all([layers.ensure(editor, quietly()), layers.ensure(editor, quietly())])
    expect(registry.asked.toSorted()).toEqual(['/@team/library/-/library-1.0.0.tgz', '/editor/-/editor-2.0.0.tgz'])
  })

  it('are built from the cache where there is no network', async () => {
    const before = await open()
    await before.ensure(await readLayer(source), quietly())
    const asked = registry.asked.length
    await writeFile(path.join(source, 'library.js'), 'ours, newer')
    const editor = await readLayer(source)
    expect(await before.has(editor)).toBe(false)
    await before.ensure(editor, quietly())
    expect({ has: await before.has(editor), asked: registry.asked.length }).toEqual({ has: true, asked })
  })

  it('are refused with other bytes than those that were described, and leave nothing', async () => {
    registry.replace('/@team/library/-/library-1.0.0.tgz', Buffer.from('something else'))
    const layers = await open()
    const editor = await readLayer(source)
    await expect(layers.ensure(editor, quietly())).rejects.toMatchObject({
      code: 'CORRUPT',
      message: expect.stringContaining('/@team/library/-/library-1.0.0.tgz has another sha512'),
    })
    expect({ has: await layers.has(editor), left: await readdir(folder()) }).toEqual({ has: false, left: [] })
  })

  it('say which package a registry does not have', async () => {
    const editor = await readLayer(source)
    const missing = { ...editor, packages: editor.packages.map((one) => ({ ...one, version: '3.0.0' })) }
    await expect((await open()).ensure(missing, quietly())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the npm registry answered 404 to /editor/-/editor-3.0.0.tgz',
    })
  })

  it('of a server that died are not used, and gone with the next start', async () => {
    const script = fileURLToPath(new URL('../../testing/doomed-layer-builder.ts', import.meta.url))
    const child = spawn(process.execPath, [script, source, folder(), cache(), registry.url], { stdio: 'inherit' })
    const signal = await new Promise((resolve) => child.once('exit', (_code, by) => resolve(by)))
    expect({ signal, left: (await readdir(folder())).length }).toEqual({ signal: 'SIGKILL', left: 1 })
    const layers = await open()
    const editor = await readLayer(source)
    expect({ has: await layers.has(editor), left: await readdir(folder()) }).toEqual({ has: false, left: [] })
    await layers.ensure(editor, quietly())
    expect(await layers.has(editor)).toBe(true)
  })

  it('go when nothing has used them for thirty days, with what they were made of', async () => {
    const layers = await open()
    const editor = await readLayer(source)
    await layers.ensure(editor, quietly())
    clock.advance(20 * DAY_MS)
    await layers.markUsed(editor)
    clock.advance(20 * DAY_MS)
    await layers.removeUnused(new Set())
    expect(await layers.has(editor)).toBe(true)
    clock.advance(20 * DAY_MS)
    await layers.removeUnused(new Set([layers.folderOf(editor)]))
    expect(await layers.has(editor)).toBe(true)
    await layers.removeUnused(new Set())
    expect({ has: await layers.has(editor), cached: await readdir(cache()) }).toEqual({ has: false, cached: [] })
  })

  it('are refused in a sentence where they cannot run', async () => {
    const editor = await readLayer(source, false)
    await expect((await open()).ensure(editor, quietly())).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: 'Editor needs Linux with glibc.',
    })
    await expect(access(path.join(folder(), editor.key))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
