import { describeDatabases } from '@mllab/testkit/database'
import { buffer } from 'node:stream/consumers'
import { expect, it } from 'vitest'

import { body, problemOf, trackingRig, type TrackingRig } from '../rig.ts'

describeDatabases('an uploaded model', (open) => {
  const start = trackingRig(open)

  const upload = async ({ files, mara, project }: TrackingRig, name: string, contents: Record<string, string>) => {
    const entries = Object.entries(contents).map(([path, text]) => ({ path, sizeBytes: Buffer.byteLength(text) }))
    const begun = await files.uploads.begin(mara, project, { kind: 'model', name, folder: false, entries })
    await files.uploads.putPart(mara, project, begun.id, 1, body(Object.values(contents).join('')), {})
    return { id: begun.id, complete: () => files.uploads.complete(mara, project, begun.id) }
  }

  const download = async ({ tracking, mara, project }: TrackingRig, version: number, path?: string) =>
    buffer((await tracking.versions.download(mara, project, 'wine', version, path, {})).stream)

  it('is a version of a registered model with the same bytes, and a second upload is the next one [DAT-02] [DAT-03] [DAT-04]', async () => {
    const rig = await start()
    const { tracking, files, mara, project } = rig
    const first = await upload(rig, 'wine', { MLmodel: 'flavors: { sklearn: {} }\n', 'data/model.pkl': 'weights' })
    const made = await first.complete()
    expect(made).toMatchObject({ version: 1, folder: true, entries: 2, sizeBytes: 32, key: 'models:/wine/1' })
    expect(await first.complete()).toEqual(made)
    const second = await (await upload(rig, 'wine', { 'model.onnx': 'onnx' })).complete()
    expect(second).toMatchObject({ version: 2, key: 'models:/wine/2' })
    expect(await tracking.versions.get(mara, project, 'wine', 1)).toMatchObject({
      version: 1,
      stored: true,
      status: 'ready',
      run: null,
      source: `mlflow-artifacts:/versions/${first.id.replaceAll('-', '')}/artifacts`,
      flavors: ['sklearn'],
      sizeBytes: 32,
    })
    expect(await tracking.registry.list(mara, project, { limit: 10 })).toMatchObject({
      items: [{ name: 'wine', versions: 2, latest: 2 }],
    })
    expect(String(await download(rig, 1, 'data/model.pkl'))).toBe('weights')
    expect(String(await download(rig, 2, 'model.onnx'))).toBe('onnx')
    expect((await download(rig, 1)).subarray(0, 2).toString()).toBe('PK')
    const { items, next } = await tracking.versions.entries(mara, project, 'wine', 1, { limit: 1 })
    expect(items).toMatchObject([{ path: 'MLmodel', sizeBytes: 25 }])
    const rest = await tracking.versions.entries(mara, project, 'wine', 1, { limit: 1, cursor: next ?? '' })
    expect(rest).toMatchObject({ items: [{ path: 'data/model.pkl', sizeBytes: 7 }], next: null })
    expect(await tracking.modelForDeployment(mara, project, { name: 'wine', version: 1 })).toMatchObject({ folder: '' })
    expect(await rig.events()).toContain('model.version_created wine')
    expect((await files.datasets.list(mara, project, { limit: 10, sort: 'name' })).items).toEqual([])
  })

  it('counts on with what is registered from runs at the same time', async () => {
    const rig = await start()
    const { tracking, mara, project } = rig
    const uploads = await Promise.all([1, 2, 3].map((n) => upload(rig, 'wine', { 'model.bin': `weights ${n}` })))
    await tracking.registry.ensure(mara, project, 'wine')
    const version = {
      source: 's3://x',
      runId: undefined,
      loggedModelId: undefined,
      runLink: '',
      description: '',
      tags: [],
    }
    const made = await Promise.all([
      ...uploads.map(({ complete }) => complete()),
      ...[1, 2, 3].map(() => tracking.versions.create(mara, project, 'wine', version)),
    ])
    expect(made.map((one) => ('version' in one ? one.version : 0)).toSorted()).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('is made by who may write models, under a name a model can have, and read by members alone [DAT-05]', async () => {
    const rig = await start()
    const { tracking, files, mara, project, other, actor } = rig
    const input = { kind: 'model', name: 'wine', folder: true, entries: [{ path: 'x', sizeBytes: 1 }] } as const
    const filesOnly = { ...mara, scopes: new Set(['files:read', 'files:write'] as const) }
    expect(await problemOf(files.uploads.begin(filesOnly, project, input))).toMatch(/^FORBIDDEN/)
    expect(await problemOf(files.uploads.begin(mara, project, { ...input, name: 'a/b' }))).toMatch(/cannot contain/)
    const begun = await files.uploads.begin(mara, project, input)
    await files.uploads.putPart(mara, project, begun.id, 1, body('x'), {})
    expect(await problemOf(files.uploads.complete(filesOnly, project, begun.id))).toMatch(/^FORBIDDEN/)
    await files.uploads.complete(mara, project, begun.id)
    const read = async (who: typeof mara, where = project) =>
      buffer((await tracking.versions.download(who, where, 'wine', 1, 'x', {})).stream)
    expect(await problemOf(read(actor('viewer', project)))).toBe('done')
    expect(await problemOf(read(actor('owner', other)))).toMatch(/^NOT_FOUND/)
    expect(await problemOf(read(mara, other))).toMatch(/^NOT_FOUND/)
    expect(await problemOf(tracking.versions.download(mara, project, 'wine', 1, 'y', {}))).toMatch(/^NOT_FOUND/)
  })
})
