import { contract } from '@mllab/contract'
import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { body, problemOf, trackingRig, type TrackingRig } from '../rig.ts'
import { wireRunId } from '../values.ts'

const page = { limit: 100 }
const none = { description: '', tags: [] }

const mlmodel = `
artifact_path: model
flavors:
  python_function: { loader_module: mlflow.sklearn, python_version: 3.11.2 }
  sklearn: { pickled_model: model.pkl }
saved_input_example_info: { artifact_path: input_example.json, type: dataframe }
signature:
  inputs: '[{"type": "double", "name": "ph", "required": true}, {"type": "string", "name": "kind", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}]'
`

describeDatabases('logged models', (open) => {
  const start = trackingRig(open)

  const log = ({ tracking, mara, project }: TrackingRig, name: string, more: { runId?: string; alpha?: string } = {}) =>
    tracking.loggedModels.create(mara, project, {
      experiment: 0,
      name,
      type: 'tree',
      runId: more.runId,
      params: more.alpha === undefined ? [] : [{ key: 'alpha', value: more.alpha }],
      tags: [{ key: 'team', value: name }],
    })

  it('belong to a run, carry its measurements, and are found by all they have', async () => {
    const rig = await start()
    const { tracking, mara, project, clock, run } = rig
    const made = await run('training')
    const a = await log(rig, 'a', { runId: wireRunId(made.id), alpha: '0.1' })
    clock.advance(10)
    const b = await log(rig, 'b', { alpha: '0.2' })
    clock.advance(10)
    const c = await log(rig, 'c')
    await tracking.loggedModels.finalize(mara, project, a.id, 'LOGGED_MODEL_READY')
    const measured = [
      { key: 'auc', value: 0.9, model_id: a.id, dataset_name: 'wine', dataset_digest: 'd1', timestamp: 1, step: 0 },
      { key: 'auc', value: 0.5, model_id: b.id, timestamp: 1, step: 0 },
      { key: 'auc', value: 0.6, model_id: b.id, timestamp: 2, step: 1 },
      { key: 'auc', value: 0.1, model_id: 'm-of-nobody', timestamp: 2, step: 1 },
    ]
    await rig.log(made, { metrics: measured })

    const find = async (filter: string | undefined, order: [string, boolean][] = [], limit = 100) => {
      const names: string[] = []
      let cursor: string | undefined
      do {
        const found = await tracking.loggedModels.search(mara, project, {
          experiments: [0],
          filter,
          datasets: [],
          orderBy: order.map(([field, ascending]) => ({ field, ascending })),
          limit,
          cursor,
        })
        names.push(...found.models.map(({ name }) => name))
        cursor = found.next ?? undefined
      } while (cursor)
      return names.join('')
    }
    for (const limit of [1, 2, 100]) {
      expect(await find(undefined, [], limit)).toBe('cba')
      expect(await find(undefined, [['metrics.auc', false]], limit)).toBe('abc')
      expect(await find(undefined, [['params.alpha', true]], limit)).toBe('abc')
      expect(await find(undefined, [['creation_timestamp', true]], limit)).toBe('abc')
    }
    expect(await find('metrics.auc > 0.7')).toBe('a')
    expect(await find("params.alpha = '0.2'")).toBe('b')
    expect(await find("tags.team LIKE 'b%'")).toBe('b')
    expect(await find("status = 'READY'")).toBe('a')
    expect(await find(`source_run_id = '${wireRunId(made.id)}'`)).toBe('a')
    expect(await find(`model_id = '${c.id}' and creation_time > 0`)).toBe('c')
    const datasets = [{ name: 'wine', digest: 'd1' }]
    const onWine = await tracking.loggedModels.search(mara, project, { ...page, experiments: [0], filter: undefined, datasets, orderBy: [] }) // prettier-ignore
    expect(onWine.models.map(({ name }) => name)).toEqual(['a'])
    expect(await tracking.loggedModels.get(mara, project, b.id)).toMatchObject({
      metrics: [{ key: 'auc', value: 0.6 }],
    })
    expect((await tracking.runs.get(mara, project, made.id)).models).toMatchObject([
      { id: a.id, name: 'a', status: 'ready' },
    ])

    await tracking.loggedModels.remove(mara, project, b.id)
    expect(await problemOf(tracking.loggedModels.get(mara, project, b.id))).toMatch(/^NOT_FOUND/)
    expect(await find(undefined)).toBe('ca')
    expect(await problemOf(tracking.loggedModels.get(mara, rig.other, a.id))).toMatch(/^NOT_FOUND/)
    expect(await problemOf(log(rig, 'a/b'))).toMatch(/Invalid model name/)
  })
})

describeDatabases('the registry', (open) => {
  const start = trackingRig(open)

  const files = async ({ trees, project }: TrackingRig, id: string) => {
    const tree = { projectId: project.id, kind: 'logged-model', id } as const
    await trees.put(tree, 'MLmodel', body(mlmodel))
    await trees.put(tree, 'requirements.txt', body('# ours\nscikit-learn==1.7.2\n\nmlflow==3.17.2\n'))
    await trees.put(tree, 'python_env.yaml', body('python: 3.11.2\n'))
    await trees.put(tree, 'input_example.json', body('{"columns":["ph"],"data":[[3.1]]}'))
  }

  const trained = async (rig: TrackingRig) => {
    const run = await rig.run('training')
    await rig.log(run, { metrics: [{ key: 'rmse', value: 0.5 }] })
    const model = await rig.tracking.loggedModels.create(rig.mara, rig.project, {
      experiment: 0,
      name: 'model',
      type: '',
      runId: run.id,
      params: [],
      tags: [],
    })
    await files(rig, model.id)
    return { run, model }
  }

  it('publishes what a run logged, with all its files say', async () => {
    const rig = await start({
      servicesOf: async (_, model, version) => (model === 'wine' && version === 2 ? [{ slug: 's', name: 'S' }] : []),
    })
    const { tracking, mara, project } = rig
    const { run, model } = await trained(rig)
    const input = { name: 'wine', run: wireRunId(run.id) }
    const first = await tracking.versions.register(mara, project, input)
    expect(contract.models.version.success.body.parse(first)).toEqual({
      model: 'wine',
      version: 1,
      aliases: [],
      description: '',
      stage: 'None',
      status: 'ready',
      run: { id: wireRunId(run.id), name: 'training', experiment: 0 },
      source: `mlflow-artifacts:/0/models/${model.id}/artifacts`,
      stored: true,
      flavors: ['python_function', 'sklearn'],
      signature: {
        inputs: [
          { name: 'ph', type: 'double', optional: false },
          { name: 'kind', type: 'string', optional: true },
        ],
        outputs: [{ name: null, type: 'float64[-1]' }],
      },
      example: { columns: ['ph'], data: [[3.1]] },
      requirements: ['scikit-learn==1.7.2', 'mlflow==3.17.2'],
      python: '3.11.2',
      metrics: [{ key: 'rmse', value: 0.5 }],
      sizeBytes: expect.any(Number),
      createdAt: expect.any(String),
      createdBy: null,
      services: [],
      can: ['change', 'remove', 'deploy'],
    })
    expect(await tracking.versions.register(mara, project, input)).toMatchObject({
      version: 2,
      services: [{ slug: 's', name: 'S' }],
    })
    await tracking.registry.setAlias(mara, project, 'wine', 'champion', 2)
    expect(contract.models.list.success.body.parse(await tracking.registry.list(mara, project, page))).toMatchObject({
      items: [{ name: 'wine', latest: 2, versions: 2, aliases: [{ alias: 'champion', version: 2 }] }],
      next: null,
    })
    expect(await problemOf(tracking.versions.remove(mara, project, 'wine', 2))).toMatch(/^CONFLICT The service S/)
    expect(await tracking.modelForDeployment(mara, project, { name: 'wine', alias: 'champion' })).toEqual({
      name: 'wine',
      version: 2,
      tree: { projectId: project.id, kind: 'version', id: expect.any(String) },
      folder: '',
      requirements: ['scikit-learn==1.7.2', 'mlflow==3.17.2'],
      python: '3.11.2',
    })
    expect(await tracking.modelForDeployment(mara, project, { name: 'wine', version: 1 })).toMatchObject({ version: 1 })
    expect(await problemOf(tracking.modelForDeployment(mara, project, { name: 'wine', version: 3 }))).toMatch(
      /^NOT_FOUND/,
    )
    expect((await tracking.runs.get(mara, project, run.id)).models).toMatchObject([
      { registered: [{ name: 'wine', version: 1 }, { name: 'wine', version: 2 }] },
    ]) // prettier-ignore
  })

  it('counts versions up, whoever makes them at once, and never uses a number again', async () => {
    const { tracking, mara, project } = await start()
    await tracking.registry.create(mara, project, { name: 'wine', ...none })
    const version = { source: 's3://elsewhere/model', runId: undefined, loggedModelId: undefined, runLink: '', ...none }
    const made = await Promise.all(
      Array.from({ length: 6 }, () => tracking.versions.create(mara, project, 'wine', version)),
    )
    expect(made.map((one) => one.version).toSorted()).toEqual([1, 2, 3, 4, 5, 6])
    await tracking.registry.setAlias(mara, project, 'wine', 'best', 6)
    await tracking.versions.remove(mara, project, 'wine', 6)
    expect((await tracking.versions.create(mara, project, 'wine', version)).version).toBe(7)
    expect((await tracking.registry.get(mara, project, 'wine')).aliases).toEqual([])
    const listed = await tracking.versions.list(mara, project, 'wine', { limit: 3 })
    expect(listed.items.map((one) => one.version)).toEqual([7, 5, 4])
    const second = await tracking.versions.list(mara, project, 'wine', { limit: 3, cursor: listed.next ?? '' })
    expect(second.items.map((one) => one.version)).toEqual([3, 2, 1])
    expect(listed.items[0]).toMatchObject({ flavors: [], signature: null, sizeBytes: 0 })
  })

  it('is searched as MLflow’s clients do, prompts apart', async () => {
    const { tracking, mara, project, clock } = await start()
    const prompt = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }]
    await tracking.registry.create(mara, project, { name: 'alpha', description: '', tags: [{ key: 'team', value: 'red' }] }) // prettier-ignore
    clock.advance(10)
    await tracking.registry.create(mara, project, { name: 'Beta', ...none })
    await tracking.registry.create(mara, project, { name: 'greeting', description: '', tags: prompt })
    const version = { source: 's3://x', runId: undefined, loggedModelId: undefined, runLink: '', ...none }
    await tracking.versions.create(mara, project, 'alpha', version)
    await tracking.versions.create(mara, project, 'alpha', { ...version, source: 's3://y' })
    await tracking.versions.create(mara, project, 'greeting', { ...version, tags: prompt })
    const models = async (filter: string | undefined, ...orderBy: string[]) => {
      const { models: found } = await tracking.registry.search(mara, project, { ...page, filter, orderBy })
      return found.map(({ name }) => name).join(' ')
    }
    expect(await models(undefined)).toBe('Beta alpha')
    expect(await models("name ILIKE 'b%'")).toBe('Beta')
    expect(await models("tags.team = 'red'")).toBe('alpha')
    expect(await models(undefined, 'creation_timestamp ASC')).toBe('alpha Beta')
    expect(await models("tags.`mlflow.prompt.is_prompt` = 'true'")).toBe('greeting')
    expect(await models("tags.`mlflow.prompt.is_prompt` != 'true'")).toBe('Beta alpha')
    const versions = async (filter: string | undefined, ...orderBy: string[]) => {
      const { versions: found } = await tracking.versions.search(mara, project, { ...page, filter, orderBy })
      return found.map((one) => `${one.name}${one.version}`).join(' ')
    }
    expect(await versions(undefined)).toBe('alpha2 alpha1')
    expect(await versions("name = 'alpha' and source_path = 's3://y'")).toBe('alpha2')
    expect(await versions('version_number < 2', 'version_number ASC')).toBe('alpha1')
  })

  it('moves versions through stages and keeps aliases in order', async () => {
    const { tracking, mara, project } = await start()
    await tracking.registry.create(mara, project, { name: 'wine', ...none })
    const version = { source: 's3://x', runId: undefined, loggedModelId: undefined, runLink: '', ...none }
    for (let number = 1; number <= 3; number += 1) await tracking.versions.create(mara, project, 'wine', version)
    const move = (number: number, stage: string, archiveOthers = false) =>
      tracking.versions.moveToStage(mara, project, 'wine', number, { stage, archiveOthers })
    await move(1, 'production')
    await move(2, 'Production', true)
    const latest = await tracking.versions.latest(mara, project, 'wine', [])
    expect(latest.map((one) => [one.version, one.stage])).toEqual([[3, 'None'], [2, 'Production'], [1, 'Archived']]) // prettier-ignore
    expect(await problemOf(move(3, 'Best'))).toMatch(/Invalid Model Version stage: Best/)
    expect(await problemOf(tracking.registry.setAlias(mara, project, 'wine', 'latest', 1))).toMatch(/reserved/)
    expect(await problemOf(tracking.registry.setAlias(mara, project, 'wine', 'v3', 1))).toMatch(/reserved/)
    expect(await problemOf(tracking.registry.setAlias(mara, project, 'wine', 'best', 9))).toMatch(/^NOT_FOUND/)
    expect((await tracking.versions.byAlias(mara, project, 'wine', 'latest')).version).toBe(3)
    const local = tracking.versions.create(mara, project, 'wine', { ...version, source: 'file:///etc/passwd' })
    expect(await problemOf(local)).toMatch(/must not be a path of the server/)
  })

  it('is nothing to strangers, and frees a name when a model goes', async () => {
    const { tracking, project, other, mara, actor } = await start()
    await tracking.registry.create(mara, project, { name: 'wine', ...none })
    const stranger = actor('owner', other)
    const viewer = actor('viewer', project)
    expect(await problemOf(tracking.registry.get(stranger, project, 'wine'))).toMatch(/^NOT_FOUND/)
    expect(await problemOf(tracking.registry.get(stranger, other, 'wine'))).toMatch(/^NOT_FOUND/)
    expect(await problemOf(tracking.registry.remove(viewer, project, 'wine'))).toMatch(/^FORBIDDEN/)
    expect((await tracking.registry.get(viewer, project, 'wine')).can).toEqual([])
    await tracking.registry.remove(mara, project, 'wine')
    expect(await problemOf(tracking.registry.get(mara, project, 'wine'))).toMatch(/^NOT_FOUND/)
    await tracking.registry.create(mara, project, { name: 'wine', ...none })
    expect(await problemOf(tracking.registry.create(mara, project, { name: 'wine', ...none }))).toMatch(/^NAME_TAKEN/)
    expect(await problemOf(tracking.registry.create(mara, project, { name: 'a/b', ...none }))).toMatch(/cannot contain/)
  })
})
