import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startPython, type MlflowPython } from './testing/python.ts'
import { startWire, type WireRig } from './testing/rig.ts'

/** Making the Python environment is part of the first run on a machine. */
const SETUP_MS = 900_000
const TEST_MS = 120_000

describe('the client of MLflow 3, unmodified', () => {
  let rig: WireRig
  let python: MlflowPython

  beforeAll(async () => {
    python = await startPython(['mlflow==3.17.2', 'scikit-learn==1.7.2', 'setuptools<81'])
    rig = await startWire()
    expect(await python.call('connect', { uri: `${rig.url}/mlflow/wine`, token: rig.token })).toBe('3.17.2')
  }, SETUP_MS)
  afterAll(async () => {
    await python?.close()
    await rig?.close()
  })

  it('creates, names, tags, deletes and finds experiments', { timeout: TEST_MS }, async () => {
    expect(await python.call('experiments')).toEqual({
      number: '1',
      location: 'mlflow-artifacts:/1',
      tags: { team: 'red' },
      again: 'RESOURCE_ALREADY_EXISTS: RESOURCE_ALREADY_EXISTS: Experiment(name=wines) already exists.',
      stage: 'deleted',
      refused: expect.stringMatching(/^INVALID_PARAMETER_VALUE: .*must be in the 'active' state/),
      listed: [['1', 'wines', { team: 'red', colour: 'red' }]],
      pages: [['Default'], ['wines']],
      nobody: true,
      missing: 'RESOURCE_DOES_NOT_EXIST: RESOURCE_DOES_NOT_EXIST: No Experiment with id=4711 exists',
    })
  })

  it('logs params, metrics, NaN, tags and nested runs', { timeout: TEST_MS }, async () => {
    const result = await python.call('training')
    expect(result).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      experiment: expect.stringMatching(/^\d+$/),
      name: 'outer',
      status: 'FINISHED',
      ended: true,
      uri: expect.stringMatching(/^mlflow-artifacts:\/\d+\/[0-9a-f]{32}\/artifacts$/),
      params: { lr: '0.1', layers: '[1, 2]' },
      metrics: { loss: 0.2, auc: 0.4, odd: 'nan', huge: 'inf' },
      tags: { team: 'red', 'mlflow.note.content': 'hello' },
      changed: expect.stringMatching(/^INVALID_PARAMETER_VALUE: .*Changing param values is not allowed/),
      gone: expect.stringMatching(/^RESOURCE_DOES_NOT_EXIST: .*No tag with name: temporary/),
      parent: true,
      history: [[0, 1], [1, 0.5], [2, 1 / 3], [3, 0.25], [4, 0.2]], // prettier-ignore
    })
    const actor = await rig.actorOf(rig.token)
    const { id } = result as { id: string } // checked above
    expect(await rig.tracking.runs.locate(actor, id)).toMatchObject({ experiment: expect.any(Number) })
  })

  it('logs histories in batches and reads them in pages', { timeout: TEST_MS }, async () => {
    expect(await python.call('many_metrics')).toEqual({
      points: 5000,
      pages: [[0, 1, 2], [3, 4, 5]], // prettier-ignore
      too_many: expect.stringMatching(/at most 1000 metrics/),
      bad_name: expect.stringMatching(/^INVALID_PARAMETER_VALUE/),
    })
  })

  it('searches with filters, orders and pages', { timeout: TEST_MS }, async () => {
    expect(await python.call('search')).toEqual({
      all: ['r5', 'r4', 'r3', 'r2', 'r1', 'r0'],
      metric: ['r3', 'r4', 'r5'],
      both: ['r1'],
      status: ['r5'],
      pages: [['r5', 'r4', 'r3', 'r2'], ['r1', 'r0']], // prettier-ignore
      end: null,
      frame: [0.5, 0.4],
      broken: expect.stringMatching(/^INVALID_PARAMETER_VALUE/),
    })
  })

  it('deletes and restores runs', { timeout: TEST_MS }, async () => {
    expect(await python.call('lifecycle')).toEqual({
      stage: 'deleted',
      refused: expect.stringMatching(/must be in the 'active' state/),
      run: ['renamed', 'KILLED', 'active'],
      missing: `RESOURCE_DOES_NOT_EXIST: RESOURCE_DOES_NOT_EXIST: Run with id=${'0'.repeat(32)} not found`,
    })
  })

  it('logs, lists, loads and deletes artifacts', { timeout: TEST_MS }, async () => {
    expect(await python.call('artifacts')).toEqual({
      listed: [
        ['config.json', false, 12],
        ['notes', true, null],
        ['notes/hello.txt', false, 5],
        ['out', true, null],
        ['out/empty.bin', false, 0],
        ['out/plots', true, null],
        ['out/plots/a.txt', false, 3],
        ['out/plots/deep', true, null],
        ['out/plots/deep/b ü.json', false, 2],
      ],
      loaded: 'hello',
      downloaded: '{}',
      left: [['config.json', false, 12], ['notes', true, null], ['notes/hello.txt', false, 5]], // prettier-ignore
      file: [],
      missing: expect.stringMatching(/^RESOURCE_DOES_NOT_EXIST/),
    })
  })

  it('uploads a large artifact in parts', { timeout: TEST_MS }, async () => {
    const size = 12 * 1024 * 1024 + 7
    expect(await python.call('big_artifact', { size })).toEqual({
      same: true,
      listed: [['weights/big model.bin', size]],
    })
  })

  it('notes what data went in', { timeout: TEST_MS }, async () => {
    expect(await python.call('datasets')).toEqual({
      name: 'wine',
      tags: { 'mlflow.data.context': 'training' },
      profile: { num_rows: 2, num_elements: 4 },
      found: true,
    })
  })

  it('logs a scikit-learn training by itself', { timeout: TEST_MS }, async () => {
    expect(await python.call('autolog')).toEqual({
      status: 'FINISHED',
      max_iter: '300',
      accurate: true,
      artifacts: expect.arrayContaining(['estimator.html', 'training_confusion_matrix.png']),
      datasets: ['dataset'],
      models: [['model', 'READY']],
      outputs: true,
    })
  })

  it(
    'registers models with log_model and loads them by version, alias, stage and id',
    { timeout: TEST_MS },
    async () => {
      const result = await python.call('registry')
      const { model_id: modelId } = result as { model_id: string } // checked below
      expect(result).toEqual({
        kept: ['1', [5, 5]],
        elsewhere: [expect.stringContaining('not kept'), 's3://elsewhere/model'],
        model_id: expect.stringMatching(/^m-[0-9a-f]{32}$/),
        version: ['1', 'READY', true, 'the first', { checked: 'yes' }, ['champion']],
        source: expect.stringContaining(modelId),
        predictions: {
          'models:/wine/1': 5,
          'models:/wine@champion': 5,
          'models:/wine/latest': 5,
          [`models:/${modelId}`]: 5,
        },
        logged: ['model', 'READY', true, '0.5'],
        logged_metrics: [['rmse', 0.25]],
        by_alias: '1',
        listed: [['wine', { champion: '1' }, { team: 'red' }]],
        by_run: [['1', 'None'], ['2', 'Production']], // prettier-ignore
        missing_alias: expect.stringMatching(/alias nobody not found/),
        again: expect.stringMatching(/^RESOURCE_ALREADY_EXISTS/),
        after: ['wines', ['1']],
        gone: expect.stringMatching(/^RESOURCE_DOES_NOT_EXIST: .*version=2\) not found/),
        uri: expect.stringMatching(/^mlflow-artifacts:\/versions\/[0-9a-f]{32}\/artifacts$/),
      })
      const actor = await rig.actorOf(rig.token)
      const project = rig.projectRef('wine')
      expect(await rig.tracking.modelForDeployment(actor, project, { name: 'wines', alias: 'champion' })).toEqual({
        name: 'wines',
        version: 1,
        tree: { projectId: project.id, kind: 'version', id: expect.any(String) },
        folder: '',
        requirements: expect.arrayContaining([
          expect.stringMatching(/^mlflow/),
          expect.stringMatching(/^scikit-learn/),
        ]),
        python: expect.stringMatching(/^3\.\d+\.\d+$/),
      })
      expect(await rig.tracking.versions.get(actor, project, 'wines', 1)).toMatchObject({
        model: 'wines',
        version: 1,
        aliases: ['champion'],
        status: 'ready',
        flavors: expect.arrayContaining(['python_function', 'sklearn']),
        signature: {
          inputs: [
            { name: 'alcohol', type: 'double', optional: false },
            { name: 'ph', type: 'double', optional: false },
          ],
          outputs: [{ name: null, type: 'double' }],
        },
        example: { columns: ['alcohol', 'ph'], data: [[9, 3.1]] },
        metrics: [{ key: 'rmse', value: 0.25 }],
        services: [],
      })
    },
  )

  it('finds the project by MLFLOW_WORKSPACE, or as the only one its token reaches', { timeout: TEST_MS }, async () => {
    const training = { ended: true, parent: true }
    await python.call('connect', { uri: rig.url, token: rig.token, workspace: 'other' })
    expect(await python.call('training')).toMatchObject(training)
    await python.call('connect', { uri: rig.url, token: await rig.tokenFor({ other: 'editor' }) })
    expect(await python.call('lifecycle')).toMatchObject({ stage: 'deleted' })
    await python.call('connect', { uri: rig.url, token: rig.token })
    expect(await python.call('who_can')).toMatchObject({ read: expect.stringMatching(/Which project\?/) })
    await python.call('connect', { uri: `${rig.url}/mlflow/wine`, token: rig.token, workspace: 'other' })
    expect(await python.call('who_can')).toMatchObject({ read: expect.stringMatching(/^RESOURCE_DOES_NOT_EXIST/) })
  })

  it('is told what it may not do', { timeout: TEST_MS }, async () => {
    const uri = `${rig.url}/mlflow/wine`
    await python.call('connect', { uri, token: await rig.tokenFor({ wine: 'viewer' }) })
    expect(await python.call('who_can')).toEqual({ read: null, write: expect.stringMatching(/^PERMISSION_DENIED/) })
    await python.call('connect', { uri, token: await rig.tokenFor({ wine: 'owner' }, ['runs:read']) })
    expect(await python.call('who_can')).toEqual({ read: null, write: expect.stringMatching(/scope runs:write/) })
    await python.call('connect', { uri, token: await rig.tokenFor({ other: 'owner' }) })
    expect(await python.call('who_can')).toEqual({
      read: expect.stringMatching(/^RESOURCE_DOES_NOT_EXIST/),
      write: expect.stringMatching(/^RESOURCE_DOES_NOT_EXIST/),
    })
    await python.call('connect', { uri, token: 'mlp_wrong' })
    expect(await python.call('who_can')).toMatchObject({ read: expect.stringMatching(/^UNAUTHENTICATED/) })
    expect(rig.log.filter(({ level }) => level === 'error')).toEqual([])
  })
})

describe('the skinny client of MLflow 2', () => {
  let rig: WireRig
  let python: MlflowPython

  beforeAll(async () => {
    python = await startPython(['mlflow-skinny==2.22.1', 'setuptools<81'])
    rig = await startWire()
    await python.call('connect', { uri: `${rig.url}/mlflow/wine`, token: rig.token })
  }, SETUP_MS)
  afterAll(async () => {
    await python?.close()
    await rig?.close()
  })

  it('tracks, searches, stores artifacts and registers', { timeout: TEST_MS }, async () => {
    expect(await python.call('experiments')).toMatchObject({ number: '1', pages: [['Default'], ['wines']] })
    expect(await python.call('training')).toMatchObject({ status: 'FINISHED', parent: true })
    expect(await python.call('search')).toMatchObject({ metric: ['r3', 'r4', 'r5'], end: null, frame: null })
    expect(await python.call('artifacts')).toMatchObject({ loaded: 'hello', downloaded: '{}' })
    expect(await python.call('big_artifact', { size: 6_000_000 })).toMatchObject({ same: true })
    expect(await python.call('old_model')).toEqual({
      version: '1',
      files: expect.arrayContaining(['MLmodel']),
      source: expect.stringMatching(/^runs:\//),
    })
  })
})
