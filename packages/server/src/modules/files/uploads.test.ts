import { createHash } from 'node:crypto'

import { describeDatabases } from '@mllab/testkit/database'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import type { Files } from './files.ts'
import { body, breaking, bytesOf, codeOf, filesRig, noise, type FilesRig } from './rig.ts'

const MIB = 1024 * 1024
const PART = 8 * MIB
const DAY_MS = 24 * 3600_000
const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describeDatabases('uploads', (open) => {
  const start = filesRig(open)

  const begin = (
    { files, mara, project }: FilesRig,
    name: string,
    contents: Record<string, Uint8Array>,
    folder = true,
  ) =>
    files.uploads.begin(mara, project, {
      name,
      folder,
      entries: Object.entries(contents).map(([path, bytes]) => ({ path, sizeBytes: bytes.length })),
    })

  const send = async ({ mara, project }: FilesRig, files: Files, id: string, bytes: Uint8Array, numbers: number[]) => {
    for (const number of numbers) {
      const part = bytes.subarray((number - 1) * PART, number * PART)
      await files.uploads.putPart(mara, project, id, number, body(part), { sizeBytes: part.length })
    }
  }

  it('in parts of any order, some sent twice, equal a plain PUT byte for byte', async () => {
    const rig = await start()
    const { files, mara, project, another } = rig
    const bytes = noise(7, 2 * PART + 12_345)
    await files.put(mara, project, 'plain', body(bytes), {})
    const plain = await bytesOf(await files.download(mara, project, 'plain', {}))
    const orders = fc.sample(fc.shuffledSubarray([1, 2, 3, 1, 3], { minLength: 5 }), { numRuns: 2, seed: 3 })
    for (const [index, order] of orders.entries()) {
      const upload = await begin(rig, `parts-${index}`, { x: bytes }, false)
      expect(upload).toMatchObject({ parts: 3, partSizeBytes: PART, received: [] })
      for (const number of order) await send(rig, number === 2 ? another() : files, upload.id, bytes, [number])
      const version = await another().uploads.complete(mara, project, upload.id)
      expect(version).toMatchObject({ version: 1, sizeBytes: bytes.length, sha256: sha256(bytes) })
      const download = await bytesOf(await files.download(mara, project, `parts-${index}`, {}))
      expect(download.equals(plain)).toBe(true)
    }
    expect(await rig.keys()).toHaveLength(1)
  })

  it('of a folder make one version that holds every file', async () => {
    const rig = await start()
    const { files, mara, project } = rig
    const contents = {
      'b/leer.bin': noise(1, 0),
      'a.txt': Buffer.from('first'),
      'b/größe.csv': Buffer.from('1;2'),
      'b/c/deep.bin': noise(2, 300_000),
      'z.empty': noise(1, 0),
    }
    const upload = await begin(rig, 'images/raw', contents)
    await send(rig, files, upload.id, Buffer.concat(Object.values(contents)), [1])
    const version = await files.uploads.complete(mara, project, upload.id)
    expect(version).toMatchObject({ folder: true, entries: 5, sizeBytes: 300_008, sha256: null, key: 'images/raw@1' })

    const list = async (prefix?: string) => {
      const found = await files.datasets.entries(mara, project, 'images/raw', 1, { limit: 100, prefix })
      return found.items.map((entry) => [entry.path, entry.sha256])
    }
    const expected = Object.entries(contents).map(([path, bytes]) => [path, sha256(bytes)])
    expect(await list()).toEqual(expected.toSorted())
    expect((await list('b/')).map(([path]) => path)).toEqual(['b/c/deep.bin', 'b/größe.csv', 'b/leer.bin'])
    for (const [path, bytes] of Object.entries(contents)) {
      const download = await bytesOf(await files.download(mara, project, `images/raw/${path}`, {}))
      expect([path, download.equals(bytes)]).toEqual([path, true])
    }
    expect(await codeOf(files.put(mara, project, 'images/raw', body('x'), {}))).toBe('CONFLICT')
    expect(await codeOf(files.put(mara, project, 'images/raw/a.txt', body('x'), {}))).toBe('NAME_TAKEN')
  })

  it('of nothing but empty files need no part', async () => {
    const rig = await start()
    const upload = await begin(rig, 'empty', { a: Buffer.alloc(0), b: Buffer.alloc(0) })
    expect(upload.parts).toBe(0)
    expect(await rig.files.uploads.complete(rig.mara, rig.project, upload.id)).toMatchObject({
      entries: 2,
      sizeBytes: 0,
    })
  })

  it('take the files of a folder in portions, until the first part', async () => {
    const rig = await start()
    const { files, mara, project } = rig
    const upload = await begin(rig, 'many', { 'f/0': Buffer.from('0') })
    const add = (first: number, ...paths: string[]) => {
      const entries = paths.map((path) => ({ path, sizeBytes: 1 }))
      return files.uploads.addEntries(mara, project, upload.id, { first, entries })
    }
    expect(await add(1, 'f/1', 'f/2')).toMatchObject({ entries: 3, sizeBytes: 3 })
    expect(await add(1, 'f/1', 'f/2')).toMatchObject({ entries: 3, sizeBytes: 3 })
    expect(await codeOf(add(4, 'f/4'))).toBe('CONFLICT')
    expect(await add(3, 'f/3/x')).toMatchObject({ entries: 4 })
    await send(rig, files, upload.id, Buffer.from('0123'), [1])
    expect(await codeOf(add(4, 'f/4'))).toBe('CONFLICT')
    expect(await files.uploads.complete(mara, project, upload.id)).toMatchObject({ entries: 4, sizeBytes: 4 })
    expect(String(await bytesOf(await files.download(mara, project, 'many/f/3/x', {})))).toBe('3')
  })

  it('refuse paths that cannot lie in one folder', async () => {
    const rig = await start()
    const one = Buffer.from('1')
    for (const paths of [['a', 'a/b'], ['../a'], ['a//b'], ['/a']])
      expect(await codeOf(begin(rig, 'x', Object.fromEntries(paths.map((path) => [path, one]))))).toBe('INVALID_INPUT')
    const upload = await begin(rig, 'x', { a: one })
    const entries = [{ path: 'a/b', sizeBytes: 1 }]
    await rig.files.uploads.addEntries(rig.mara, rig.project, upload.id, { first: 1, entries })
    await send(rig, rig.files, upload.id, Buffer.from('12'), [1])
    expect(await codeOf(rig.files.uploads.complete(rig.mara, rig.project, upload.id))).toBe('INVALID_INPUT')
  })

  it('go on after a restart with what is there', async () => {
    const rig = await start()
    const { files, mara, project, another } = rig
    const bytes = noise(3, PART + 10)
    const upload = await begin(rig, 'big', { x: bytes }, false)
    await send(rig, files, upload.id, bytes, [2])
    expect(await codeOf(files.uploads.complete(mara, project, upload.id))).toBe('UPLOAD_INCOMPLETE')

    const restarted = another()
    expect((await restarted.uploads.list(mara, project)).map(({ id, received }) => [id, received])).toEqual([
      [upload.id, [2]],
    ])
    await expect(restarted.uploads.putPart(mara, project, upload.id, 1, breaking(100), {})).rejects.toThrow('gone')
    expect((await restarted.uploads.get(mara, project, upload.id)).received).toEqual([2])
    await send(rig, restarted, upload.id, bytes, [1])
    expect(await restarted.uploads.complete(mara, project, upload.id)).toMatchObject({ sha256: sha256(bytes) })
    expect(await restarted.uploads.list(mara, project)).toEqual([])
  })

  it('refuse parts that are too long, too short, or none of theirs', async () => {
    const rig = await start()
    const { files, mara, project, other, actor } = rig
    const upload = await begin(rig, 'x', { x: Buffer.alloc(10) }, false)
    const put = (number: number, bytes: string, sizeBytes?: number) =>
      files.uploads.putPart(mara, project, upload.id, number, body(bytes), { sizeBytes })
    expect(await codeOf(put(1, '12345', 5))).toBe('INVALID_INPUT')
    expect(await codeOf(put(2, '1', 1))).toBe('INVALID_INPUT')
    await expect(put(1, '12345')).rejects.toMatchObject({ code: 'INVALID' })
    await expect(put(1, '12345678901')).rejects.toMatchObject({ code: 'INVALID' })
    expect((await files.uploads.get(mara, project, upload.id)).received).toEqual([])
    expect(await codeOf(files.uploads.get(mara, other, upload.id))).toBe('NOT_FOUND')
    expect(await codeOf(files.uploads.get(actor('viewer', project), project, upload.id))).toBe('FORBIDDEN')
  })

  it('that do not match the given SHA-256 are thrown away', async () => {
    const rig = await start()
    const { files, mara, project } = rig
    const entries = [
      { path: 'good', sizeBytes: 4, sha256: sha256('good') },
      { path: 'bad', sizeBytes: 3, sha256: sha256('sad') },
    ]
    const upload = await files.uploads.begin(mara, project, { name: 'x', folder: true, entries })
    await send(rig, files, upload.id, Buffer.from('goodbad'), [1])
    await expect(files.uploads.complete(mara, project, upload.id)).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      parameters: { expected: `${sha256('sad')} for bad`, actual: sha256('bad') },
    })
    expect(await codeOf(files.uploads.get(mara, project, upload.id))).toBe('NOT_FOUND')
    expect(await rig.keys()).toEqual([])
  })

  it('make one version however often, and by however many servers, they are completed', async () => {
    const rig = await start()
    const { files, mara, project, another } = rig
    const upload = await begin(rig, 'x', { 'a/b': Buffer.from('12'), c: Buffer.from('3') })
    await send(rig, files, upload.id, Buffer.from('123'), [1])
    const servers = [files, files, another(), another()]
    const made = await Promise.all(servers.map((server) => server.uploads.complete(mara, project, upload.id)))
    made.push(await files.uploads.complete(mara, project, upload.id))
    for (const version of made) expect(version).toEqual(made[0])
    expect((await files.datasets.get(mara, project, 'x')).versions).toBe(1)
    expect(await files.uploads.get(mara, project, upload.id)).toMatchObject({ received: [1] })
  })

  it('meet a name that was taken meanwhile, and can be completed when it is free', async () => {
    const rig = await start()
    const { files, mara, project } = rig
    const upload = await begin(rig, 'a', { x: Buffer.from('1') })
    await send(rig, files, upload.id, Buffer.from('1'), [1])
    await files.put(mara, project, 'a/b', body('in the way'), {})
    expect(await codeOf(begin(rig, 'a', { x: Buffer.from('1') }))).toBe('NAME_TAKEN')
    expect(await codeOf(files.uploads.complete(mara, project, upload.id))).toBe('NAME_TAKEN')
    await files.datasets.remove(mara, project, 'a/b')
    expect(await files.uploads.complete(mara, project, upload.id)).toMatchObject({ key: 'a@1' })
  })

  it('that are aborted, or forgotten for a week, leave nothing', async () => {
    const rig = await start()
    const { files, mara, project, clock } = rig
    const make = async (name: string) => {
      const upload = await begin(rig, name, { x: noise(1, PART + 1) }, false)
      await send(rig, files, upload.id, noise(1, PART + 1), [2])
      return upload.id
    }
    const [aborted, old] = [await make('aborted'), await make('old')]
    await files.uploads.abort(mara, project, aborted)
    expect(await codeOf(files.uploads.abort(mara, project, aborted))).toBe('NOT_FOUND')
    expect(await codeOf(send(rig, files, aborted, noise(1, PART + 1), [1]))).toBe('NOT_FOUND')
    clock.advance(6 * DAY_MS)
    const recent = await make('recent')
    clock.advance(2 * DAY_MS)
    await files.sweep()
    expect((await files.uploads.list(mara, project)).map(({ id }) => id)).toEqual([recent])
    expect(await codeOf(files.uploads.get(mara, project, old))).toBe('NOT_FOUND')
    expect(await rig.keys()).toEqual([])
  })
})
