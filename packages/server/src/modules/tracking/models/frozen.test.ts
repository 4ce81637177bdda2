import { describeDatabases } from '@mllab/testkit/database'
import { buffer } from 'node:stream/consumers'
import { expect, it } from 'vitest'

import { body, problemOf, trackingRig, type TrackingRig } from '../rig.ts'
import { wireRunId } from '../values.ts'
import { filesOfVersion } from './sources.ts'

const DAY_MS = 24 * 3600_000
const none = { runId: undefined, loggedModelId: undefined, runLink: '', description: '', tags: [] }

describeDatabases('a registered version', (open) => {
  const start = trackingRig(open)

  const logged = async ({ tracking, trees, mara, project }: TrackingRig, name = 'model', runId?: string) => {
    const input = { experiment: 0, name, type: '', runId, params: [], tags: [] }
    const model = await tracking.loggedModels.create(mara, project, input)
    const tree = { projectId: project.id, kind: 'logged-model', id: model.id } as const
    await trees.put(tree, 'MLmodel', body('flavors: { sklearn: {} }\n'))
    await trees.put(tree, 'data/model.pkl', body('weights'))
    return { model, tree }
  }

  /** What a version holds: path and content of everything. */
  const holds = async ({ tracking, trees, mara, project }: TrackingRig, name: string, version: number) => {
    const files = filesOfVersion(await tracking.versions.find(mara, project, name, version))
    if (!files) return undefined
    const entries = await trees.walk(files.tree, files.folder, { limit: 100 })
    const texts = entries.map(async ({ path }) => [
      path,
      String(await buffer((await trees.open(files.tree, path)).stream)),
    ])
    return Object.fromEntries(await Promise.all(texts))
  }

  const create = async ({ tracking, mara, project }: TrackingRig, name: string, source: string, more = {}) => {
    const known = await tracking.registry
      .create(mara, project, { name, description: '', tags: [] })
      .catch(() => undefined)
    void known
    return tracking.versions.create(mara, project, name, { ...none, source, ...more })
  }

  it('keeps its files, whatever becomes of what it was made of, and of its neighbours [DAT-04] [EXP-03]', async () => {
    const rig = await start()
    const { tracking, trees, files, mara, project, clock } = rig
    const { model, tree } = await logged(rig)
    await create(rig, 'wine', `models:/${model.id}`, { loggedModelId: model.id })
    await trees.put(tree, 'data/model.pkl', body('better weights'))
    await trees.put(tree, 'notes.txt', body('later'))
    await create(rig, 'wine', `models:/${model.id}`, { loggedModelId: model.id })
    await trees.remove(tree, '')
    await tracking.loggedModels.remove(mara, project, model.id)
    clock.advance(3 * DAY_MS)
    await files.sweep()
    const first = { MLmodel: 'flavors: { sklearn: {} }\n', 'data/model.pkl': 'weights' }
    expect(await holds(rig, 'wine', 1)).toEqual(first)
    expect(await holds(rig, 'wine', 2)).toEqual({ ...first, 'data/model.pkl': 'better weights', 'notes.txt': 'later' })
    expect(await tracking.versions.get(mara, project, 'wine', 1)).toMatchObject({
      stored: true,
      flavors: ['sklearn'],
      sizeBytes: 32,
    })
    await tracking.registry.update(mara, project, 'wine', { name: 'wines' })
    const { tree: deployed } = await tracking.modelForDeployment(mara, project, { name: 'wines', version: 1 })
    expect(await trees.list(deployed, '')).toEqual([
      { path: 'MLmodel', folder: false, sizeBytes: 25 },
      { path: 'data', folder: true, sizeBytes: null },
    ])
    expect(await files.storageOf({ projects: [project.id] })).toMatchObject({ dataBytes: 32 + 44 })
  })

  it('is frozen from every kind of source of ours', async () => {
    const rig = await start()
    const { trees, project, run } = rig
    const made = await run('training')
    const id = wireRunId(made.id)
    const tree = { projectId: project.id, kind: 'run', id: made.id } as const
    await trees.put(tree, 'out/größe 🍷/MLmodel', body('m'))
    await trees.put(tree, 'out/größe 🍷/a/b', body('ab'))
    await trees.put(tree, 'out/größe 🍷x', body('a neighbour'))
    const model = { MLmodel: 'm', 'a/b': 'ab' }
    for (const source of [`runs:/${id}/out/größe 🍷`, `mlflow-artifacts:/0/${id}/artifacts/out/größe 🍷/`])
      expect([source, await holds(rig, 'run', (await create(rig, 'run', source)).version)]).toEqual([source, model])
    expect(await holds(rig, 'whole', (await create(rig, 'whole', `runs:/${id}`)).version)).toHaveProperty(
      'out/größe 🍷x',
    )
    await create(rig, 'file', `runs:/${id}/out/größe 🍷/a/b`)
    expect(await holds(rig, 'file', 1)).toEqual({ b: 'ab' })

    await create(rig, 'copy', 'models:/run/2')
    await rig.tracking.registry.setAlias(rig.mara, project, 'copy', 'best', 1)
    await create(rig, 'again', 'models:/copy@best')
    await rig.tracking.registry.remove(rig.mara, project, 'run')
    await rig.tracking.registry.remove(rig.mara, project, 'copy')
    expect(await holds(rig, 'again', 1)).toEqual(model)
    expect(await problemOf(create(rig, 'again', 'models:/run/2'))).toMatch(
      /Unable to fetch model from model URI source/,
    )

    const { model: loggedModel } = await logged(rig, 'tree', made.id)
    await create(rig, 'by-name', `runs:/${id}/tree`)
    expect(await holds(rig, 'by-name', 1)).toHaveProperty('MLmodel')
    await create(rig, 'by-uri', `mlflow-artifacts:/0/models/${loggedModel.id}/artifacts/data`)
    expect(await holds(rig, 'by-uri', 1)).toEqual({ 'model.pkl': 'weights' })
  })

  it('stays a pointer to what is elsewhere, or to nothing yet, and says so', async () => {
    const rig = await start()
    const { tracking, mara, project } = rig
    const made = await rig.run('training')
    for (const source of ['s3://elsewhere/model', `runs:/${wireRunId(made.id)}/model`])
      expect(await create(rig, 'wine', source)).toMatchObject({
        file_version_id: null,
        status_message: 'Its files are not kept with it: they stay where its source says.',
      })
    expect(await tracking.versions.get(mara, project, 'wine', 1)).toMatchObject({ stored: false, sizeBytes: 0 })
    expect(await tracking.versions.get(mara, project, 'wine', 2)).toMatchObject({
      stored: false,
      source: `runs:/${wireRunId(made.id)}/model`,
    })
  })

  it('is made of what the actor may read, in his project, and cannot be written to', async () => {
    const rig = await start()
    const { tracking, mara, project, other } = rig
    const { model } = await logged(rig)
    await create(rig, 'wine', `models:/${model.id}`, { loggedModelId: model.id })
    const writer = { ...mara, scopes: new Set(['models:write', 'models:read'] as const) }
    const version = { ...none, source: `models:/${model.id}`, loggedModelId: model.id }
    expect(await problemOf(tracking.versions.create(writer, project, 'wine', version))).toMatch(/^FORBIDDEN/)
    const row = await tracking.versions.find(mara, project, 'wine', 1)
    const owner = { kind: 'version', id: row.file_version_id ?? '' } as const
    expect(await tracking.artifacts.list(mara, project, owner, '')).toHaveLength(2)
    expect(await tracking.artifacts.list(mara, other, owner, '')).toEqual([])
    expect(await problemOf(tracking.artifacts.open(mara, other, owner, 'MLmodel', undefined))).toMatch(/^NOT_FOUND/)
    expect(await problemOf(tracking.artifacts.put(mara, project, owner, 'x', body('x'), {}))).toMatch(/^CONFLICT/)
    expect(await problemOf(tracking.artifacts.remove(mara, project, owner, 'MLmodel'))).toMatch(/^CONFLICT/)
    await tracking.registry.remove(mara, project, 'wine')
    expect(await tracking.artifacts.list(mara, project, owner, '')).toEqual([])
  })

  it('gets the files of one moment, however many are made while they change', async () => {
    const rig = await start()
    const { tree, model } = await logged(rig)
    await rig.tracking.registry.create(rig.mara, rig.project, { name: 'wine', description: '', tags: [] })
    const source = { ...none, source: `models:/${model.id}`, loggedModelId: model.id }
    const made = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        await rig.trees.put(tree, 'data/model.pkl', body(`weights ${index}`))
        return rig.tracking.versions.create(rig.mara, rig.project, 'wine', source)
      }),
    )
    expect(made.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    for (const { version } of made)
      expect(await holds(rig, 'wine', version)).toMatchObject({
        'data/model.pkl': expect.stringMatching(/^weights \d$/),
      })
  })
})
