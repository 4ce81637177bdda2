import { startTestServer, type TestServer } from '@mllab/testkit/server'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createClient, uploadFiles, type Client, type UploadFile, type UploadMemory } from '../index.ts'

const MIB = 1024 * 1024

describe('uploading files', () => {
  let server: TestServer
  let project: string
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server.close())
  beforeEach(async () => {
    project = (await server.admin.api.projects.create({ body: { name: 'Uploads' } })).slug
  })

  /** A client whose requests for parts go through this first. */
  function clientWith(beforePart: (attempt: number) => void): Client {
    let attempts = 0
    return createClient({
      baseUrl: server.url,
      token: server.admin.token,
      fetch: async (address, init) => {
        if (typeof address === 'string' && address.includes('/parts/')) beforePart(++attempts)
        return fetch(address, init)
      },
    })
  }

  const download = async (path: string, query = {}) => {
    const response = await server.admin.api.files.download({ params: { project, path }, query })
    return Buffer.from(await response.arrayBuffer())
  }

  it('makes a version of a folder, its files in any order and some of them empty', async () => {
    const files = [file('b/two.csv', 'two'), file('a.csv', ''), file('b/one.csv', 'one'), file('z', '')]
    const version = await uploadFiles(server.admin.api, { project, name: 'data/raw', files })
    expect(version).toMatchObject({ version: 1, entries: 4, folder: true, sizeBytes: 6, key: 'data/raw@1' })
    expect(String(await download('data/raw/b/one.csv'))).toBe('one')
  })

  it('sends parts again when the network fails, and tells how far it is', async () => {
    const bytes = Buffer.from(Uint32Array.from({ length: 5 * MIB }, (_, index) => index).buffer)
    const client = clientWith((attempt) => {
      if (attempt % 2 === 1) throw new TypeError('fetch failed')
    })
    const sent: number[] = []
    const { sizeBytes } = await uploadFiles(client, {
      project,
      name: 'large.bin',
      files: [{ path: 'large.bin', bytes: new Blob([bytes]) }],
      onProgress: (progress) => sent.push(progress.sentBytes / MIB),
    })
    expect(sizeBytes).toBe(20 * MIB)
    expect((await download('large.bin')).equals(bytes)).toBe(true)
    expect([sent.at(0), sent.at(-1), sent.length]).toEqual([0, 20, 4])
  })

  it('continues what was stopped, if the files are the same', async () => {
    const memory = newMemory()
    let parts = 0
    const counting = clientWith(() => parts++)
    const upload = (client: Client, files: UploadFile[], signal = new AbortController().signal) =>
      uploadFiles(client, { project, name: 'big', folder: true, files, memory, parallel: 1, signal })
    const uploadTwoParts = (files: UploadFile[]) => {
      const stop = new AbortController()
      const client = clientWith((attempt) => attempt === 3 && stop.abort(new Error('enough')))
      return upload(client, files, stop.signal)
    }
    const files = [file('one', 'a'.repeat(9 * MIB)), file('two', 'b'.repeat(9 * MIB))]

    await expect(uploadTwoParts(files)).rejects.toThrow('enough')
    expect(await upload(counting, files)).toMatchObject({ version: 1, sizeBytes: 18 * MIB })
    expect([parts, memory.size]).toEqual([1, 0])

    await expect(uploadTwoParts(files)).rejects.toThrow('enough')
    const changed = files.map((each) => ({ ...each, modifiedAt: 2 }))
    expect(await upload(counting, changed)).toMatchObject({ version: 2, sizeBytes: 18 * MIB })
    expect(parts).toBe(4)
  })

  it('continues the upload it is told, and begins a new one when that is gone', async () => {
    const files = [file('one', 'a'.repeat(9 * MIB))]
    const stop = new AbortController()
    let uploadId = ''
    const stopping = uploadFiles(
      clientWith((attempt) => attempt === 2 && stop.abort(new Error('enough'))),
      {
        project,
        name: 'told',
        files,
        parallel: 1,
        signal: stop.signal,
        onProgress: (told) => (uploadId = told.uploadId),
      },
    )
    await expect(stopping).rejects.toThrow('enough')
    let parts = 0
    const counting = clientWith(() => parts++)
    expect(await uploadFiles(counting, { project, name: 'told', files, uploadId })).toMatchObject({ version: 1 })
    expect(parts).toBe(1)
    const gone = '01a2055d-0000-7000-8000-000000000000'
    expect(await uploadFiles(counting, { project, name: 'told', files, uploadId: gone })).toMatchObject({
      version: 2,
    })
  })

  it('declares more files than one request takes', async () => {
    const files = Array.from({ length: 6001 }, (_, index) => file(`${index}`, index === 7 ? 'seven' : ''))
    expect(await uploadFiles(server.admin.api, { project, name: 'many', files })).toMatchObject({ entries: 6001 })
    expect(String(await download('many/7'))).toBe('seven')
  })

  it('waits for the operation that completes a large one', async () => {
    const files = Array.from({ length: 10_001 }, (_, index) => file(`${index}`, index === 7 ? 'seven' : ''))
    const version = await uploadFiles(server.admin.api, {
      project,
      name: 'many more',
      files,
    })
    expect(version).toMatchObject({ entries: 10_001, version: 1 })
    const { items } = await server.admin.api.operations.list({ params: { project }, query: {} })
    expect(items).toMatchObject([{ kind: 'upload.complete', status: 'done', subject: { kind: 'upload' } }])
    const wrong = files.map((one, index) => (index === 7 ? { ...one, sha256: '0'.repeat(64) } : one))
    await expect(uploadFiles(server.admin.api, { project, name: 'wrong', files: wrong })).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      status: 422,
    })
  })

  it('makes a version of a model, which comes back as it was [DAT-02]', async () => {
    const files = [file('MLmodel', 'flavors: {}'), file('data/weights', '123')]
    const version = await uploadFiles(server.admin.api, { project, kind: 'model', name: 'wine', files })
    expect(version).toMatchObject({ version: 1, key: 'models:/wine/1' })
    const params = { project, model: 'wine', version: 1 }
    const bytes = await server.admin.api.models.download({ params, query: { path: 'data/weights' } })
    expect(await bytes.text()).toBe('123')
    expect(await server.admin.api.models.version({ params })).toMatchObject({ stored: true, sizeBytes: 14 })
  })

  it('fails with what the server says', async () => {
    await expect(
      uploadFiles(server.admin.api, { project, name: '../x', files: [file('x', 'x')] }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const wrong = [{ ...file('x', 'x'), sha256: '0'.repeat(64) }]
    await expect(uploadFiles(server.admin.api, { project, name: 'x', files: wrong })).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    })
  })
})

function file(path: string, text: string): UploadFile {
  return { path, bytes: new Blob([text]), modifiedAt: 1 }
}

function newMemory(): UploadMemory & { readonly size: number } {
  const items = new Map<string, string>()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    get size() {
      return items.size
    },
  }
}
