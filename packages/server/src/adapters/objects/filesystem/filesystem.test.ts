import { execFile, spawn } from 'node:child_process'
import { link, mkdir, mkdtemp, open, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { createFakeClock, memoryLog, silentLog, systemClock } from '@mllab/kernel'
import { objectStoreContract } from '@mllab/testkit/contracts/objects.contract'
import { afterAll, describe, expect, it } from 'vitest'

import { isObjectKey, newObjectKey } from '../../../ports/objects.ts'
import { bodyFor } from './crash.bodies.ts'
import { openFilesystemObjects } from './filesystem.ts'

const folders: string[] = []
const newFolder = async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'mllab-objects-'))
  folders.push(folder)
  return folder
}
const openIn = (folder: string) => openFilesystemObjects({ folder, clock: systemClock, log: silentLog })
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

objectStoreContract('files', async () => openIn(path.join(await newFolder(), 'made', 'on', 'opening')))

describe('objects as files', () => {
  it('lie under their key, and cannot be changed through a hard link', async () => {
    const folder = await newFolder()
    const store = await openIn(folder)
    const key = newObjectKey()
    await store.put(key, Buffer.from('content'))
    const file = path.join(folder, key.slice(0, 2), key.slice(2, 4), key)
    expect(await store.localPath?.(key)).toBe(file)
    expect(await store.localPath?.(newObjectKey())).toBeUndefined()
    expect((await stat(file)).mode & 0o222).toBe(0)
    await link(file, path.join(folder, 'linked'))
    expect(await readFile(path.join(folder, 'linked'), 'utf8')).toBe('content')
  })

  it('fail a download when they are cut while it runs', async () => {
    const store = await openIn(await newFolder())
    const key = newObjectKey()
    await store.put(key, Buffer.alloc(2_000_000))
    const stream = await store.get(key)
    await truncate((await store.localPath?.(key)) ?? '', 1000)
    await expect(buffer(stream)).rejects.toMatchObject({ code: 'CORRUPT' })
  })

  it('survive a restart together with unfinished uploads', async () => {
    const folder = await newFolder()
    const before = await openIn(folder)
    const handle = await before.beginParts(newObjectKey())
    const first = await before.putPart(handle, 1, Buffer.from('before, '), {})
    await before.close()
    const after = await openIn(folder)
    const second = await after.putPart(handle, 2, Buffer.from('after'), {})
    await after.completeParts(handle, [first, second])
    expect(String(await buffer(await after.get(handle.key)))).toBe('before, after')
    expect(await leftovers(folder)).toEqual([])
  })

  it('are swept of old leftovers when the store is opened, and only of old ones', async () => {
    const folder = await newFolder()
    const store = await openIn(folder)
    const [abandoned, recent] = [await store.beginParts(newObjectKey()), await store.beginParts(newObjectKey())]
    await store.putPart(abandoned, 1, Buffer.from('x'), {})
    await writeFile(path.join(folder, '.staging', 'crashed'), 'half a bo')
    await writeFile(path.join(folder, '.staging', 'running'), 'half a bo')
    const key = newObjectKey()
    await store.put(key, Buffer.from('kept'))

    const hoursLater = createFakeClock(Date.now() + 5 * 24 * 3_600_000)
    const aWeekAgo = new Date(Date.now() - 3 * 24 * 3_600_000)
    await utimes(path.join(folder, '.staging', 'running'), hoursLater.now() / 1000, hoursLater.now() / 1000)
    await utimes(path.join(folder, '.uploads', abandoned.uploadId), aWeekAgo, aWeekAgo)
    const log = memoryLog()
    const again = await openFilesystemObjects({ folder, clock: hoursLater, log })
    expect(await leftovers(folder)).toEqual(['.staging/running', `.uploads/${recent.uploadId}`])
    expect(log.entries.map(({ fields }) => fields)).toEqual([{ entries: 2 }])
    expect(await again.head(key)).toEqual({ key, sizeBytes: 4 })
  })

  it('leave nothing aside after puts that failed', async () => {
    const folder = await newFolder()
    const store = await openIn(folder)
    await expect(store.put(newObjectKey(), Buffer.from('x'), { sizeBytes: 2 })).rejects.toThrow()
    const handle = await store.beginParts(newObjectKey())
    await store.abortParts(handle)
    await expect(store.putPart(handle, 1, Buffer.from('x'), {})).rejects.toThrow()
    expect(await leftovers(folder)).toEqual([])
  })

  it('are reported as unreachable when their folder is gone', async () => {
    const folder = await newFolder()
    const store = await openIn(folder)
    await rm(folder, { recursive: true })
    expect(await store.health()).toEqual({ ok: false, detail: `The folder ${folder} is gone` })
  })

  it('list only what has the form of a key', async () => {
    const folder = await newFolder()
    const store = await openIn(folder)
    const key = newObjectKey()
    await store.put(key, Buffer.from('x'))
    await writeFile(path.join(folder, key.slice(0, 2), key.slice(2, 4), 'notes.txt'), 'x')
    await mkdir(path.join(folder, 'lost+found'))
    expect((await store.list({ limit: 10 })).map((object) => object.key)).toEqual([key])
  })
})

describe('a full disk', () => {
  it('is STORAGE_FULL, leaves nothing, and clears when there is room again', async ({ skip }) => {
    const folder = await newFolder()
    const disk = await mountSmallDisk(folder, 4)
    if (!disk) return skip('mounting a small disk needs root')
    try {
      const store = await openIn(path.join(folder, 'objects'))
      const [small, large] = [newObjectKey(), newObjectKey()]
      await store.put(small, Buffer.alloc(1_000_000))
      await expect(store.put(large, Buffer.alloc(8_000_000))).rejects.toMatchObject({ code: 'STORAGE_FULL' })
      expect(await store.head(large)).toBeUndefined()
      await store.put(large, Buffer.alloc(1_000_000))

      const handle = await store.beginParts(newObjectKey())
      const parts = [
        await store.putPart(handle, 1, Buffer.alloc(600_000), {}),
        await store.putPart(handle, 2, Buffer.alloc(600_000), {}),
      ]
      await expect(store.completeParts(handle, parts)).rejects.toMatchObject({ code: 'STORAGE_FULL' })
      await store.delete([small])
      expect(await store.completeParts(handle, parts)).toMatchObject({ sizeBytes: 1_200_000 })

      await fillUp(path.join(folder, 'filler'))
      expect(await store.health()).toEqual({ ok: false, detail: 'The disk that holds the objects is full' })
    } finally {
      await disk.unmount()
    }
  })
})

describe('kill -9', () => {
  it('leaves only whole objects, all acknowledged ones among them', async () => {
    const folder = await newFolder()
    const acknowledged: string[] = []
    for (const wanted of [40, 80]) {
      const child = spawn(process.execPath, [fileURLToPath(new URL('crash.fixture.ts', import.meta.url)), folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged.push(line)
        if (acknowledged.length === wanted) child.kill('SIGKILL')
      }
    }
    const store = await openIn(folder)
    const found = await store.list({ limit: 100_000 })
    for (const { key } of found)
      expect((await buffer(await store.get(key))).equals(Buffer.concat(bodyFor(key)))).toBe(true)
    const keys = new Set<string>(found.map(({ key }) => key))
    // The kill may have cut the last line; what is no key was never read as one by anybody.
    expect(acknowledged.filter((line) => isObjectKey(line) && !keys.has(line))).toEqual([])
    expect(acknowledged.length).toBeGreaterThanOrEqual(80)
  })
})

async function leftovers(folder: string): Promise<string[]> {
  const inside = async (name: string) => (await readdir(path.join(folder, name))).map((entry) => `${name}/${entry}`)
  return [...(await inside('.staging')), ...(await inside('.uploads'))].toSorted()
}

async function mountSmallDisk(folder: string, mib: number): Promise<{ unmount(): Promise<unknown> } | undefined> {
  const run = promisify(execFile)
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', folder])
  } catch {
    return undefined // not root, or a container without the capability
  }
  return { unmount: () => run('umount', [folder]) }
}

async function fillUp(file: string): Promise<void> {
  const handle = await open(file, 'w')
  try {
    for (;;) await handle.write(Buffer.alloc(4096))
  } catch {
    // full: what was wanted
  } finally {
    await handle.close()
  }
}
