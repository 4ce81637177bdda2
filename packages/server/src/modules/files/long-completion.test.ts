import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { operationRecord } from '../../core/operation-record.ts'
import { Accepted } from '../access/access.ts'
import { isLong } from './long-completion.ts'
import { body, bytesOf, codeOf, filesRig, type FilesRig } from './rig.ts'

const MANY = 10_001

describeDatabases('an upload that takes long to complete', (open) => {
  const start = filesRig(open)

  const begin = async ({ files, mara, project }: FilesRig, first: { sizeBytes: number; sha256?: string }) => {
    const entries = Array.from({ length: MANY }, (_, index) => ({ path: `${index}`.padStart(6, '0'), sizeBytes: 0 }))
    const declared = [{ ...entries[0], path: '000000', ...first }, ...entries.slice(1)]
    const { id } = await files.uploads.begin(mara, project, {
      name: 'many',
      folder: true,
      entries: declared.slice(0, 5000),
    })
    for (const from of [5000, 10_000])
      await files.uploads.addEntries(mara, project, id, { first: from, entries: declared.slice(from, from + 5000) })
    return id
  }

  const operationOf = (answer: unknown) => {
    if (!(answer instanceof Accepted)) throw new Error('not accepted but answered')
    return answer as Accepted<{ id: string; status: string; steps: readonly { name: string }[]; can: string[] }>
  }

  const ended = async ({ db }: FilesRig, id: string) =>
    expect.poll(
      async () => {
        const row = await db.sql.selectFrom('operation').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
        return operationRecord(row)
      },
      { timeout: 20_000, interval: 20 },
    )

  it('is one by its bytes or its files', () => {
    expect(isLong({ size_bytes: 512 * 1024 * 1024, entries: 10_000 })).toBe(false)
    expect(isLong({ size_bytes: 512 * 1024 * 1024 + 1, entries: 1 })).toBe(true)
    expect(isLong({ size_bytes: 0, entries: MANY })).toBe(true)
  })

  it('is completed by an operation, the same for all who ask, and answers the version after that', async () => {
    const rig = await start()
    const { files, mara, project } = rig
    const id = await begin(rig, { sizeBytes: 3 })
    expect(await codeOf(files.uploads.complete(mara, project, id))).toBe('UPLOAD_INCOMPLETE')
    await files.uploads.putPart(mara, project, id, 1, body('abc'), {})
    const [one, other] = (
      await Promise.all([files.uploads.complete(mara, project, id), rig.another().uploads.complete(mara, project, id)])
    ).map(operationOf)
    expect(one?.body).toMatchObject({
      kind: 'upload.complete',
      subject: { kind: 'upload', id },
      steps: [{ name: 'Join the parts' }, { name: 'Check the bytes' }, { name: 'Make the version' }],
      can: ['cancel'],
    })
    expect(one?.location).toBe(`/api/projects/wine/operations/${one?.body.id}`)
    expect(other?.body.id).toBe(one?.body.id)
    await (await ended(rig, one?.body.id ?? '')).toMatchObject({ status: 'done', error: null })
    expect(await files.uploads.complete(mara, project, id)).toMatchObject({ version: 1, entries: MANY, sizeBytes: 3 })
    expect(String(await bytesOf(await files.download(mara, project, 'many/000000', {})))).toBe('abc')
    expect(await rig.events()).toContain('operation.started')
  })

  it('fails with the reason, and is gone when the bytes are not the declared ones', async () => {
    const rig = await start()
    const { files, mara, project } = rig
    const id = await begin(rig, { sizeBytes: 3, sha256: '0'.repeat(64) })
    await files.uploads.putPart(mara, project, id, 1, body('abc'), {})
    const operation = operationOf(await files.uploads.complete(mara, project, id))
    await (
      await ended(rig, operation.body.id)
    ).toMatchObject({ status: 'failed', error: { code: 'CHECKSUM_MISMATCH' } })
    expect(await codeOf(files.uploads.complete(mara, project, id))).toBe('NOT_FOUND')
  })
})
