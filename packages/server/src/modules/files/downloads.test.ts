import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import type { Files } from './files.ts'
import { body, bytesOf, codeOf, filesRig, noise, type FilesRig } from './rig.ts'

const run = promisify(execFile)

describeDatabases('downloads', (open) => {
  const start = filesRig(open)

  const uploadFolder = async (rig: FilesRig, name: string, contents: readonly (readonly [string, Buffer])[]) => {
    const { files, mara, project } = rig
    const entries = contents.map(([at, bytes]) => ({ path: at, sizeBytes: bytes.length }))
    const upload = await files.uploads.begin(mara, project, { name, folder: true, entries })
    await files.uploads.putPart(
      mara,
      project,
      upload.id,
      1,
      body(Buffer.concat(contents.map(([, bytes]) => bytes))),
      {},
    )
    await files.uploads.complete(mara, project, upload.id)
  }

  it('are saved by browsers, and powerless if they are shown', async () => {
    const { files, mara, project } = await start()
    await files.put(mara, project, 'a/größe "1".html', body('<script>'), { contentType: 'text/html; charset=utf-8' })
    await files.put(mara, project, 'b.csv', body('1'), { contentType: 'text/csv; charset=utf-8' })
    expect(headersOf(await files.download(mara, project, 'a/größe "1".html', {}))).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="gr__e _1_.html"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.html`,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'content-length': '8',
    })
    expect(headersOf(await files.download(mara, project, 'b.csv', {}))['content-type']).toBe('text/csv')
  })

  it('answer ranges, and conditions on what the client has', async () => {
    const { files, mara, project } = await start()
    await files.put(mara, project, 'x', body('0123456789'), {})
    const get = async (request: Parameters<typeof files.download>[3]) => {
      const answer = await files.download(mara, project, 'x', request)
      return [answer.status, answer.headers['content-range'], String(await bytesOf(answer))]
    }
    const etag = headersOf(await files.download(mara, project, 'x', {}))['etag'] ?? ''
    expect(await get({ range: 'bytes=2-4' })).toEqual([206, 'bytes 2-4/10', '234'])
    expect(await get({ range: 'bytes=8-' })).toEqual([206, 'bytes 8-9/10', '89'])
    expect(await get({ range: 'bytes=-3' })).toEqual([206, 'bytes 7-9/10', '789'])
    expect(await get({ range: 'bytes=5-99' })).toEqual([206, 'bytes 5-9/10', '56789'])
    expect(await get({ range: 'bytes=10-' })).toEqual([416, 'bytes */10', ''])
    expect(await get({ range: 'bytes=-0' })).toEqual([416, 'bytes */10', ''])
    for (const range of ['bytes=4-2', 'bytes=1-2,4-5', 'items=1-2', 'bytes=-', 'nonsense'])
      expect(await get({ range })).toEqual([200, undefined, '0123456789'])
    expect(await get({ range: 'bytes=2-4', ifRange: etag })).toEqual([206, 'bytes 2-4/10', '234'])
    expect(await get({ range: 'bytes=2-4', ifRange: '"older"' })).toEqual([200, undefined, '0123456789'])
    expect(await get({ ifNoneMatch: `"older", W/${etag}` })).toEqual([304, undefined, ''])
    expect(await get({ ifNoneMatch: '"older"' })).toEqual([200, undefined, '0123456789'])
    const head = await files.download(mara, project, 'x', { method: 'HEAD' })
    expect([head.headers['content-length'], String(await bytesOf(head))]).toEqual(['10', ''])
  })

  it('give a folder as an archive that others can read, a part of it too', async ({ skip }) => {
    const rig = await start()
    const contents = [
      ['b/größe 日本.txt', Buffer.from('umlauts')],
      ['a/empty', Buffer.alloc(0)],
      ['b/large.bin', noise(5, 400_000)],
      ['a/z', Buffer.from('z')],
      ['a/zz', Buffer.alloc(0)],
      ['c', Buffer.from('last')],
    ] as const
    await uploadFolder(rig, 'set', contents)
    const archive = async (at: string) => bytesOf(await rig.files.download(rig.mara, rig.project, at, {}))
    const expected = (prefix: string) =>
      Object.fromEntries(
        contents.filter(([at]) => at.startsWith(prefix)).map(([at, bytes]) => [at, bytes.toString('base64')]),
      )
    const whole = await readArchive(await archive('set'))
    if (!whole) return skip('reading an archive with something that is not ours needs python3')
    expect(whole).toEqual(expected(''))
    expect(await readArchive(await archive('set/b'))).toEqual(expected('b/'))
    const { headers } = await rig.files.download(rig.mara, rig.project, 'set/b', {})
    expect(headers['content-disposition']).toContain('filename="b.zip"')
    expect(await codeOf(rig.files.download(rig.mara, rig.project, 'set/nothing', {}))).toBe('NOT_FOUND')
    expect(await codeOf(rig.files.download(rig.mara, rig.project, 'set/c/d', {}))).toBe('NOT_FOUND')
  })

  it('give ranges of a file inside a folder', async () => {
    const rig = await start()
    await uploadFolder(rig, 'set', [
      ['a', Buffer.from('first')],
      ['b', Buffer.from('second')],
      ['c', Buffer.from('third')],
    ])
    const answer = await rig.files.download(rig.mara, rig.project, 'set/b', { range: 'bytes=1-99' })
    expect([answer.status, answer.headers['content-range'], String(await bytesOf(answer))]).toEqual([
      206,
      'bytes 1-5/6',
      'econd',
    ])
    const file = await rig.files.fileByKey(rig.mara, rig.project, 'set@1')
    expect((await file.entries('a', 10)).map((entry) => entry.path)).toEqual(['b', 'c'])
    expect(String(await bytesOf({ stream: await file.open('c', { start: 1, end: 2 }) }))).toBe('hi')
    expect(await codeOf(file.open('d'))).toBe('NOT_FOUND')
  })

  it('run to their end although the dataset is deleted and swept meanwhile', async () => {
    const { files, mara, project, clock, keys } = await start()
    const bytes = noise(9, 3_000_000)
    await files.put(mara, project, 'x', body(bytes), {})
    const answer = await files.download(mara, project, 'x', {})
    await files.datasets.remove(mara, project, 'x')
    for (const hours of [31 * 24, 25]) {
      clock.advance(hours * 3600_000)
      await files.sweep()
    }
    expect(await keys()).toEqual([])
    expect((await bytesOf(answer)).equals(bytes)).toBe(true)
  })
})

/** For answers whose bytes nobody reads. */
function headersOf({ headers, stream }: Awaited<ReturnType<Files['download']>>) {
  stream.destroy()
  return headers
}

/** Paths and contents (base64) as Python reads them, every checksum verified; undefined without Python. */
async function readArchive(bytes: Buffer): Promise<Record<string, string> | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mllab-zip-'))
  const file = path.join(folder, 'a.zip')
  const program = `import base64, json, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
print(json.dumps({i.filename: base64.b64encode(z.read(i)).decode() for i in z.infolist()}))`
  try {
    await writeFile(file, bytes)
    const { stdout } = await run('python3', ['-c', program, file], { maxBuffer: 1 << 26 })
    return JSON.parse(stdout) as Record<string, string>
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
