import { createHash } from 'node:crypto'

import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { body, breaking, bytesOf, codeOf, filesRig } from './rig.ts'

const DAY_MS = 24 * 3600_000
const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const page = { limit: 100, sort: 'name' as const }

describeDatabases('datasets', (open) => {
  const start = filesRig(open)

  it('keep every upload as a version that stays as it was [DAT-01, DAT-04]', async () => {
    const { files, mara, project } = await start()
    const first = await files.put(mara, project, 'data/wine.csv', body('a;b'), { contentType: 'text/csv' })
    const second = await files.put(mara, project, 'data/wine.csv', body('a;b;c'), {})
    expect(first).toMatchObject({ version: 1, sizeBytes: 3, entries: 1, folder: false, sha256: sha256('a;b') })
    expect(second).toMatchObject({ version: 2, key: 'data/wine.csv@2' })

    const download = async (version?: number) =>
      String(await bytesOf(await files.download(mara, project, 'data/wine.csv', { version })))
    expect([await download(), await download(2), await download(1)]).toEqual(['a;b;c', 'a;b;c', 'a;b'])
    expect(await codeOf(download(3))).toBe('NOT_FOUND')

    const dataset = await files.datasets.get(mara, project, 'data/wine.csv')
    expect(dataset).toMatchObject({ versions: 2, folder: false, latest: { version: 2 }, can: ['files:write'] })
    const versions = await files.datasets.versions(mara, project, 'data/wine.csv', { limit: 1 })
    expect(versions.items.map((item) => item.version)).toEqual([2])
    const rest = await files.datasets.versions(mara, project, 'data/wine.csv', {
      limit: 1,
      cursor: versions.next ?? '',
    })
    expect([rest.items.map((item) => item.version), rest.next]).toEqual([[1], null])
    const entries = await files.datasets.entries(mara, project, 'data/wine.csv', 1, { limit: 10 })
    expect(entries.items).toEqual([{ path: 'wine.csv', sizeBytes: 3, sha256: sha256('a;b') }])
  })

  it('store equal bytes once in a project, and once more in another', async () => {
    const { files, mara, project, other, keys } = await start()
    await files.put(mara, project, 'a.bin', body('same'), {})
    await files.put(mara, project, 'a.bin', body('same'), {})
    await files.put(mara, project, 'b.bin', body('same'), {})
    expect(await keys()).toHaveLength(1)
    await files.put(mara, other, 'a.bin', body('same'), {})
    expect(await keys()).toHaveLength(2)
  })

  it('take a body of nothing', async () => {
    const { files, mara, project } = await start()
    await files.put(mara, project, 'empty', body(''), { sizeBytes: 0 })
    const answer = await files.download(mara, project, 'empty', {})
    expect([answer.status, answer.headers['content-length'], String(await bytesOf(answer))]).toEqual([200, '0', ''])
  })

  it('verify Content-Digest before anything is to be seen', async () => {
    const { files, mara, project, keys } = await start()
    const digest = (bytes: string) => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`
    const put = (contentDigest: string) => codeOf(files.put(mara, project, 'x', body('right'), { contentDigest }))
    expect(await put(digest('wrong'))).toBe('CHECKSUM_MISMATCH')
    expect(await put('sha-256=nonsense')).toBe('INVALID_INPUT')
    expect([await codeOf(files.datasets.get(mara, project, 'x')), await keys()]).toEqual(['NOT_FOUND', []])
    expect(await put(digest('right'))).toBe('done')
  })

  it('leave nothing when the body breaks off or has another size', async () => {
    const { files, mara, project, keys } = await start()
    await expect(files.put(mara, project, 'x', breaking(400_000), {})).rejects.toThrow('gone')
    await expect(files.put(mara, project, 'x', body('abc'), { sizeBytes: 4 })).rejects.toThrow('only 3')
    expect([await codeOf(files.datasets.get(mara, project, 'x')), await keys()]).toEqual(['NOT_FOUND', []])
  })

  it('make two versions of two uploads at once', async () => {
    const { files, mara, project, another } = await start()
    const servers = [files, another(), files, another()]
    const made = await Promise.all(
      servers.map((server, index) => server.put(mara, project, 'new', body(`body ${index}`), {})),
    )
    expect(made.map((version) => version.version).toSorted()).toEqual([1, 2, 3, 4])
    for (const version of made)
      expect(sha256(await bytesOf(await files.download(mara, project, 'new', { version: version.version })))).toBe(
        version.sha256,
      )
  })

  it('never have a name that lies in another one, not even when both come at once', async () => {
    const { files, mara, project, another } = await start()
    const put = (server: typeof files, name: string) => codeOf(server.put(mara, project, name, body(name), {}))
    expect(await put(files, 'a/b')).toBe('done')
    expect([await put(files, 'a'), await put(files, 'a/b/c')]).toEqual(['NAME_TAKEN', 'NAME_TAKEN'])
    expect([await put(files, 'a/bc'), await put(files, 'a.b'), await put(files, 'ab')]).toEqual([
      'done',
      'done',
      'done',
    ])
    for (let round = 0; round < 6; round += 1) {
      const names = [`r${round}`, `r${round}/x/y`, `r${round}/x`]
      const codes = await Promise.all(names.map((name, index) => put(index === 1 ? another() : files, name)))
      expect(codes.toSorted()).toEqual(['NAME_TAKEN', 'NAME_TAKEN', 'done'])
    }
  })

  it('are listed by name and by change, page by page, and found by a part of the name', async () => {
    const { files, mara, project, clock } = await start()
    for (const name of ['b', 'c', 'a', '100%_x']) {
      clock.advance(10)
      await files.put(mara, project, name, body(name), {})
    }
    const all = async (sort: 'name' | '-updated') => {
      const names: string[] = []
      let cursor: string | undefined
      do {
        const found = await files.datasets.list(mara, project, { limit: 3, sort, cursor })
        names.push(...found.items.map((item) => item.name))
        cursor = found.next ?? undefined
      } while (cursor)
      return names
    }
    expect(await all('name')).toEqual(['100%_x', 'a', 'b', 'c'])
    expect(await all('-updated')).toEqual(['100%_x', 'a', 'c', 'b'])
    const found = await files.datasets.list(mara, project, { ...page, search: '%_X' })
    expect([found.items.map((item) => item.name), found.can]).toEqual([['100%_x'], ['files:write']])
    expect(await codeOf(files.datasets.list(mara, project, { ...page, cursor: 'nonsense' }))).toBe('INVALID_CURSOR')
  })

  it('can be described, by editors only', async () => {
    const { files, mara, project, actor, other } = await start()
    await files.put(mara, project, 'x', body('1'), {})
    expect(await files.datasets.update(mara, project, 'x', { description: 'red' })).toMatchObject({
      description: 'red',
    })
    const viewer = actor('viewer', project)
    expect(await codeOf(files.datasets.update(viewer, project, 'x', { description: '' }))).toBe('FORBIDDEN')
    expect(await codeOf(files.put(viewer, project, 'x', body('2'), {}))).toBe('FORBIDDEN')
    expect((await files.datasets.get(viewer, project, 'x')).can).toEqual([])
    const stranger = actor('owner', other)
    expect(await codeOf(files.download(stranger, project, 'x', {}))).toBe('NOT_FOUND')
    expect(await codeOf(files.datasets.get(mara, other, 'x'))).toBe('NOT_FOUND')
  })

  it('that are deleted are gone, leave their neighbours, and come back within thirty days [DAT-03]', async () => {
    const { files, mara, project, clock, events } = await start()
    for (const name of ['x', 'xy', 'y/x']) await files.put(mara, project, name, body(name), {})
    await files.datasets.remove(mara, project, 'x')
    expect(await codeOf(files.download(mara, project, 'x', {}))).toBe('NOT_FOUND')
    expect(await codeOf(files.datasets.remove(mara, project, 'x'))).toBe('NOT_FOUND')
    const names = (await files.datasets.list(mara, project, page)).items.map((item) => item.name)
    expect(names).toEqual(['xy', 'y/x'])

    await files.put(mara, project, 'x', body('another'), {})
    expect(await codeOf(files.datasets.restore(mara, project, 'x'))).toBe('NAME_TAKEN')
    await files.datasets.remove(mara, project, 'x')
    await files.put(mara, project, 'x/in', body('below'), {})
    expect(await codeOf(files.datasets.restore(mara, project, 'x'))).toBe('NAME_TAKEN')
    await files.datasets.remove(mara, project, 'x/in')
    clock.advance(30 * DAY_MS - 1000)
    expect(await files.datasets.restore(mara, project, 'x')).toMatchObject({ name: 'x', versions: 1 })
    expect(String(await bytesOf(await files.download(mara, project, 'x', {})))).toBe('another')
    clock.advance(2000)
    expect(await codeOf(files.datasets.restore(mara, project, 'x/in'))).toBe('NOT_FOUND')
    expect(new Set(await events())).toEqual(new Set(['dataset.version_added', 'dataset.deleted', 'dataset.restored']))
  })

  it('answer workloads by key [DAT-08]', async () => {
    const { files, mara, project } = await start()
    await files.put(mara, project, 'code/run.py', body('v1'), {})
    await files.put(mara, project, 'code/run.py', body('v2'), {})
    const read = async (key: string) => {
      const file = await files.fileByKey(mara, project, key)
      return [file.version, String(await bytesOf({ stream: await file.open('') }))]
    }
    expect([await read('code/run.py'), await read('code/run.py@1')]).toEqual([
      [2, 'v2'],
      [1, 'v1'],
    ])
    expect(await codeOf(read('code/run.py@3'))).toBe('NOT_FOUND')
    expect(await codeOf(files.put(mara, project, 'odd@1', body(''), {}))).toBe('INVALID_INPUT')
  })

  it('count towards the storage of the projects one sees', async () => {
    const { files, mara, project, other } = await start()
    await files.put(mara, project, 'x', body('12345'), {})
    await files.put(mara, project, 'x', body('12345'), {})
    await files.trees.put({ projectId: project.id, kind: 'run', id: 'r' }, 'm', body('123'))
    await files.put(mara, other, 'x', body('1'), {})
    expect(await files.storageOf({ projects: [project.id] })).toEqual({ dataBytes: 10, artifactBytes: 3 })
    expect(await files.storageOf({ projects: 'all' })).toEqual({ dataBytes: 11, artifactBytes: 3 })
    expect(await files.storageOf({ projects: [] })).toEqual({ dataBytes: 0, artifactBytes: 0 })
  })
})
