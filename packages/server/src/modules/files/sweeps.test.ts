import { createScope } from '@mllab/kernel'
import { liveBufferBytes, MIB, repeated } from '@mllab/testkit/contracts/objects.bodies'
import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { newObjectKey } from '../../ports/objects.ts'
import { body, bytesOf, codeOf, filesRig } from './rig.ts'

const HOUR_MS = 3600_000
const DAY_MS = 24 * HOUR_MS

describeDatabases('bytes', (open) => {
  const start = filesRig(open)

  it('go a day after the last thing that referred to them', async () => {
    const { files, mara, project, clock, keys } = await start()
    const tree = { projectId: project.id, kind: 'run', id: 'r' } as const
    await files.put(mara, project, 'x', body('shared'), {})
    await files.trees.put(tree, 'x', body('shared'))
    await files.datasets.remove(mara, project, 'x')
    clock.advance(31 * DAY_MS)
    await files.sweep()
    clock.advance(25 * HOUR_MS)
    await files.sweep()
    expect(await keys()).toHaveLength(1)
    expect(String(await bytesOf(await files.trees.open(tree, 'x')))).toBe('shared')

    await files.trees.put(tree, 'x', body('replaced'))
    await files.trees.remove(tree, 'x')
    clock.advance(23 * HOUR_MS)
    await files.sweep()
    expect(await keys()).toHaveLength(2)
    clock.advance(2 * HOUR_MS)
    await files.sweep()
    expect(await keys()).toEqual([])
  })

  it('stay for thirty days with a dataset that was deleted, and go a day after it', async () => {
    const { files, db, mara, project, clock, keys } = await start()
    await files.put(mara, project, 'x', body('old'), {})
    await files.datasets.remove(mara, project, 'x')
    clock.advance(29 * DAY_MS)
    await files.sweep()
    await files.datasets.restore(mara, project, 'x')
    await files.datasets.remove(mara, project, 'x')
    clock.advance(31 * DAY_MS)
    expect(await codeOf(files.datasets.restore(mara, project, 'x'))).toBe('NOT_FOUND')
    await files.sweep()
    expect(await db.sql.selectFrom('file').selectAll().execute()).toEqual([])
    expect(await keys()).toHaveLength(1)
    clock.advance(25 * HOUR_MS)
    await files.sweep()
    expect(await keys()).toEqual([])
  })

  it('are revived when they come again before they are gone', async () => {
    const { files, mara, project, clock, keys } = await start()
    await files.put(mara, project, 'x', body('same'), {})
    const [key] = await keys()
    await files.datasets.remove(mara, project, 'x')
    clock.advance(31 * DAY_MS)
    await files.sweep()
    clock.advance(23 * HOUR_MS)
    await files.put(mara, project, 'y', body('same'), {})
    clock.advance(48 * HOUR_MS)
    await files.sweep()
    expect(await keys()).toEqual([key])
    expect(String(await bytesOf(await files.download(mara, project, 'y', {})))).toBe('same')
  })

  it('stay for a dataset that was restored', async () => {
    const { files, mara, project, clock } = await start()
    await files.put(mara, project, 'x', body('kept'), {})
    await files.datasets.remove(mara, project, 'x')
    await files.datasets.restore(mara, project, 'x')
    clock.advance(48 * HOUR_MS)
    await files.sweep()
    expect(String(await bytesOf(await files.download(mara, project, 'x', {})))).toBe('kept')
  })

  it('without a row, as a crash leaves them, go after a day, and nothing else does', async () => {
    const { files, objects, mara, project, clock, keys } = await start()
    await files.put(mara, project, 'x', body('known'), {})
    const [known] = await keys()
    const entries = [{ path: 'x', sizeBytes: 3 }]
    const upload = await files.uploads.begin(mara, project, { name: 'way', folder: false, entries })
    await files.uploads.putPart(mara, project, upload.id, 1, body('abc'), {})
    await objects.put(newObjectKey(), Buffer.from('nobody knows it'))
    clock.advance(23 * HOUR_MS)
    await files.sweepObjects()
    expect(await keys()).toHaveLength(2)
    clock.advance(2 * HOUR_MS)
    await files.sweepObjects()
    expect(await keys()).toEqual([known])
    expect(await files.uploads.complete(mara, project, upload.id)).toMatchObject({ sizeBytes: 3 })
  })

  it('of an upload that crashed between joining and its version are kept for who completes it', async () => {
    const { files, objects, db, mara, project, clock } = await start()
    const entries = [{ path: 'x', sizeBytes: 6 }]
    const upload = await files.uploads.begin(mara, project, { name: 'x', folder: false, entries })
    await files.uploads.putPart(mara, project, upload.id, 1, body('joined'), {})
    const row = await db.sql.selectFrom('upload').selectAll().where('id', '=', upload.id).executeTakeFirstOrThrow()
    const tags = await db.sql.selectFrom('upload_part').selectAll().where('upload_id', '=', upload.id).execute()
    await objects.completeParts(
      { key: row.key as ReturnType<typeof newObjectKey>, uploadId: row.handle }, // as the module stored it
      tags.map((tag) => ({ number: tag.number, tag: tag.tag, sizeBytes: tag.size_bytes })),
    )
    clock.advance(30 * HOUR_MS)
    await files.sweepObjects()
    await files.sweep()
    expect(await files.uploads.complete(mara, project, upload.id)).toMatchObject({ version: 1, sizeBytes: 6 })
    expect(String(await bytesOf(await files.download(mara, project, 'x', {})))).toBe('joined')
  })

  it('of a purged project are gone at once, those of others stay', async () => {
    const { files, db, mara, project, other, keys } = await start()
    for (const where of [project, other]) {
      await files.put(mara, where, 'x', body('same'), {})
      await files.trees.put({ projectId: where.id, kind: 'run', id: where.id }, 'a/b', body('artifact'))
      const entries = [
        { path: 'a', sizeBytes: 1 },
        { path: 'b', sizeBytes: 1 },
      ]
      for (const name of ['done', 'open']) {
        const upload = await files.uploads.begin(mara, where, { name, folder: true, entries })
        await files.uploads.putPart(mara, where, upload.id, 1, body('ab'), {})
        if (name === 'done') await files.uploads.complete(mara, where, upload.id)
      }
    }
    await files.datasets.remove(mara, project, 'x')
    await files.purgeProject(project.id)
    await files.purgeProject(project.id)
    expect(await keys()).toHaveLength(3)
    for (const table of ['blob', 'file', 'file_space', 'tree', 'upload'] as const) {
      const rows = await db.sql.selectFrom(table).select('project_id').execute()
      expect([table, new Set(rows.map((row) => row.project_id))]).toEqual([table, new Set([other.id])])
    }
    expect(await db.sql.selectFrom('file_entry').select('path').execute()).toHaveLength(2)
    expect(await codeOf(files.download(mara, project, 'x', {}))).toBe('NOT_FOUND')
    expect(String(await bytesOf(await files.download(mara, other, 'done/b', {})))).toBe('b')
  })

  it('are swept while a scope is open, and closing it waits', async () => {
    const { files } = await start()
    const scope = createScope()
    files.start(scope)
    await scope.close()
    expect(scope.closed).toBe(true)
  })

  it('of 64 MB go through in constant memory', async () => {
    const { files, mara, project } = await start()
    const beforeBytes = liveBufferBytes()
    let peakBytes = 0
    let watched = 0
    // Each look collects garbage first, which takes a while beside the heap of a whole test run: every eighth will do.
    const watch = () => {
      if (watched++ % 8 === 0) peakBytes = Math.max(peakBytes, liveBufferBytes() - beforeBytes)
    }
    const version = await files.put(mara, project, 'long', repeated(64, watch), { sizeBytes: 64 * MIB })
    expect(version.sizeBytes).toBe(64 * MIB)
    let seenBytes = 0
    for await (const chunk of (await files.download(mara, project, 'long', {})).stream) {
      const before = seenBytes
      seenBytes += (chunk as Uint8Array).byteLength // a stream of bytes
      if (Math.floor(before / MIB) < Math.floor(seenBytes / MIB)) watch()
    }
    expect(seenBytes).toBe(64 * MIB)
    // What is on its way to the store and to the thread that digests.
    expect(peakBytes).toBeLessThan(16 * MIB)
  }, 120_000)
})
