import { createHash } from 'node:crypto'

import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { body, bytesOf, codeOf, filesRig, noise } from './rig.ts'
import type { TreeRef } from './folders.ts'

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describeDatabases('trees', (open) => {
  const start = filesRig(open)
  const run = (project: { id: string }, id = 'r1'): TreeRef => ({ projectId: project.id, kind: 'run', id })

  it('store and replace files, and know what they hold', async () => {
    const { files, project } = await start()
    const tree = run(project)
    expect(await files.trees.usage(tree)).toEqual({ files: 0, sizeBytes: 0 })
    expect(await files.trees.put(tree, 'model/MLmodel', body('first'))).toEqual({
      path: 'model/MLmodel',
      sizeBytes: 5,
      sha256: sha256('first'),
    })
    await files.trees.put(tree, 'model/MLmodel', body('second'), { sizeBytes: 6 })
    await files.trees.put(tree, 'notes.txt', body('abc'))
    const { entry, stream } = await files.trees.open(tree, 'model/MLmodel')
    expect([entry, String(await bytesOf({ stream }))]).toEqual([
      { path: 'model/MLmodel', sizeBytes: 6, sha256: sha256('second') },
      'second',
    ])
    const part = await files.trees.open(tree, 'model/MLmodel', { start: 1, end: 3 })
    expect(String(await bytesOf(part))).toBe('eco')
    expect(await files.trees.usage(tree)).toEqual({ files: 2, sizeBytes: 9 })
    expect(await files.trees.entry(tree, 'nothing')).toBeUndefined()
    expect(await codeOf(files.trees.open(tree, 'nothing'))).toBe('NOT_FOUND')
  })

  it('list one folder at a time, and walk all of it in pages', async () => {
    const { files, project } = await start()
    const tree = run(project)
    const paths = ['a0', 'a/x', 'a/y/z', 'a-b', 'b/1', 'b/2', 'b/3', 'c']
    for (const path of paths) await files.trees.put(tree, path, body(path))
    expect(await files.trees.list(tree, '')).toEqual([
      { path: 'a-b', folder: false, sizeBytes: 3 },
      { path: 'a', folder: true, sizeBytes: null },
      { path: 'a0', folder: false, sizeBytes: 2 },
      { path: 'b', folder: true, sizeBytes: null },
      { path: 'c', folder: false, sizeBytes: 1 },
    ])
    expect((await files.trees.list(tree, 'a')).map((child) => child.path)).toEqual(['a/x', 'a/y'])
    expect(await files.trees.list(tree, 'nothing')).toEqual([])
    const walk = async (folder: string, after?: string) =>
      (await files.trees.walk(tree, folder, { limit: 3, ...(after ? { after } : {}) })).map((entry) => entry.path)
    expect([await walk(''), await walk('', 'a/y/z'), await walk('b', 'b/1')]).toEqual([
      ['a-b', 'a/x', 'a/y/z'],
      ['a0', 'b/1', 'b/2'],
      ['b/2', 'b/3'],
    ])
  })

  it('list a folder of many without reading what lies deeper', async () => {
    const { files, project } = await start()
    const tree = run(project)
    const paths = ['many', ...Array.from({ length: 500 }, (_, index) => `many${index % 2}/${String(index)}`), 'many10']
    for (let first = 0; first < paths.length; first += 100)
      await Promise.all(paths.slice(first, first + 100).map((path) => files.trees.put(tree, path, body('same'))))
    const children = await files.trees.list(tree, '')
    expect(children.map((child) => child.path)).toEqual(['many', 'many0', 'many1', 'many10'])
    expect(await files.trees.list(tree, 'many0')).toHaveLength(250)
    expect(await files.trees.usage(tree)).toEqual({ files: 502, sizeBytes: 2008 })
  })

  it('refuse paths that are not plain, and a file where a folder is', async () => {
    const { files, project, keys } = await start()
    const tree = run(project)
    await files.trees.put(tree, 'a/b', body('1'))
    for (const path of ['', '..', 'a/../b', '/a', 'a//b', 'a\\b'])
      expect([path, await codeOf(files.trees.put(tree, path, body('1')))]).toEqual([path, 'INVALID_INPUT'])
    for (const path of ['a', 'a/b/c'])
      expect([path, await codeOf(files.trees.put(tree, path, body('other')))]).toEqual([path, 'CONFLICT'])
    expect(await keys()).toHaveLength(1)
  })

  it('are reached only through their own project', async () => {
    const { files, project, other } = await start()
    await files.trees.put(run(project), 'x', body('1'))
    expect(await codeOf(files.trees.put(run(other), 'x', body('2')))).toBe('NOT_FOUND')
    expect(await codeOf(files.trees.open(run(other), 'x'))).toBe('NOT_FOUND')
    expect(await codeOf(files.trees.remove(run(other), 'x'))).toBe('NOT_FOUND')
    expect([await files.trees.list(run(other), ''), await files.trees.usage(run(other))]).toEqual([
      [],
      { files: 0, sizeBytes: 0 },
    ])
    expect(await files.trees.list({ ...run(project), kind: 'logged-model' }, '')).toEqual([])
  })

  it('lose a file, a folder, or everything', async () => {
    const { files, project } = await start()
    const tree = run(project)
    for (const path of ['a/x', 'a/y/z', 'a0', 'b']) await files.trees.put(tree, path, body(path))
    await files.trees.remove(tree, 'a')
    expect((await files.trees.walk(tree, '', { limit: 10 })).map((entry) => entry.path)).toEqual(['a0', 'b'])
    await files.trees.remove(tree, 'b')
    expect(await files.trees.usage(tree)).toEqual({ files: 1, sizeBytes: 2 })
    expect(await codeOf(files.trees.remove(tree, 'b'))).toBe('NOT_FOUND')
    await files.trees.remove(tree, '')
    await files.trees.remove(tree, '')
    expect(await files.trees.usage(tree)).toEqual({ files: 0, sizeBytes: 0 })
  })

  it('keep one of two bodies that come for one path at once, and count it once', async () => {
    const { files, project, another } = await start()
    const tree = run(project)
    const servers = [files, another(), files, another()]
    const made = await Promise.all(servers.map((server, index) => server.trees.put(tree, 'x', body(`body ${index}`))))
    const kept = await files.trees.open(tree, 'x')
    expect(made.map((entry) => entry.sha256)).toContain(kept.entry.sha256)
    expect(sha256(String(await bytesOf(kept)))).toBe(kept.entry.sha256)
    expect(await files.trees.usage(tree)).toEqual({ files: 1, sizeBytes: 6 })
    const codes = await Promise.all(
      ['y', 'y/z', 'y/z/a'].map((path) => codeOf(another().trees.put(tree, path, body(path)))),
    )
    expect(codes.toSorted()).toEqual(['CONFLICT', 'CONFLICT', 'done'])
  })

  it('take large files in parts', async () => {
    const { files, project, another, keys, objects } = await start()
    const tree: TreeRef = { projectId: project.id, kind: 'logged-model', id: 'm-1' }
    const first = noise(1, Math.max(7, objects.capabilities.minPartSizeBytes))
    const whole = Buffer.concat([first, Buffer.from('world')])
    const { uploadId } = await files.trees.beginParts(tree, 'weights.bin')
    expect(await files.trees.partsTarget(uploadId)).toEqual({ tree, path: 'weights.bin' })
    await files.trees.putPart(uploadId, 2, body('world'), 5)
    expect(await codeOf(files.trees.completeParts(uploadId))).toBe('UPLOAD_INCOMPLETE')
    await another().trees.putPart(uploadId, 1, body('gone'), undefined)
    await files.trees.putPart(uploadId, 1, body(first), undefined)
    const made = await Promise.all([files.trees.completeParts(uploadId), another().trees.completeParts(uploadId)])
    made.push(await files.trees.completeParts(uploadId))
    for (const entry of made)
      expect(entry).toEqual({ path: 'weights.bin', sizeBytes: whole.length, sha256: sha256(whole) })
    await files.trees.abortParts(uploadId)
    expect((await bytesOf(await files.trees.open(tree, 'weights.bin'))).equals(whole)).toBe(true)

    const aborted = await files.trees.beginParts(tree, 'other')
    await files.trees.putPart(aborted.uploadId, 1, body('x'), 1)
    await files.trees.abortParts(aborted.uploadId)
    await files.trees.abortParts(aborted.uploadId)
    expect(await codeOf(files.trees.completeParts(aborted.uploadId))).toBe('NOT_FOUND')
    expect(await keys()).toHaveLength(1)

    if (objects.capabilities.minPartSizeBytes === 1) return
    const small = await files.trees.beginParts(tree, 'small')
    for (const number of [1, 2]) await files.trees.putPart(small.uploadId, number, body('x'), 1)
    expect(await codeOf(files.trees.completeParts(small.uploadId))).toBe('INVALID_INPUT')
  })
})
