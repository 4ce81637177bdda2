import { writeFile } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'

import { newId } from '@mllab/kernel'
import { createProbe, until, type Probe } from '@mllab/testkit/contracts/runtime.helpers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'

import type { Endpoint, ImageDescription, InstanceSpec, Runtime } from '../../../../ports/runtime.ts'
import { IMAGES_ROOT, pythonRuntime, removeFolders } from '../testing/fixtures.ts'

/** Long only with an empty cache: then some hundred MB are fetched. */
const BUILD_MS = 300_000

let runtime: Runtime
beforeAll(async () => {
  runtime = await pythonRuntime(IMAGES_ROOT)
}, BUILD_MS)
afterAll(async () => {
  // What a failed test left.
  for (const ref of await runtime.instances.list()) await runtime.instances.remove(ref)
  await runtime.close()
  await removeFolders()
})

const ensure = (ref: string, requirements: readonly string[] = []) =>
  runtime.images.ensure({ ref, requirements }, { onProgress: () => undefined, signal: AbortSignal.timeout(BUILD_MS) })

const newVolume = async () => {
  const id = newId()
  await runtime.volumes.ensure({ id, projectId: 'project', tenant: 'tenant' })
  return { volumeId: id, name: 'work', path: '/work', readOnly: false }
}

const probeOf = (image: ImageDescription) => createProbe({ runtime, image, reopen: async () => undefined })

/** The image's own command, once it answers on its path. */
async function serve(
  probe: Probe,
  image: ImageDescription,
  path: string,
  rest: Partial<InstanceSpec>,
  on: Runtime = runtime,
) {
  const { command: _command, ...spec } = probe.spec('', { image, ports: image.ports, ...rest })
  await on.instances.apply(spec)
  const endpoint = await until(async () => {
    const ended = (await probe.find(spec))?.exit
    if (ended) throw new Error(`it ended: ${JSON.stringify(ended)}\n${await probe.log(spec)}`)
    const found = await on.instances.endpoint(spec, 'http')
    return found &&
      (await request(found, 'GET', path).then(
        (answer) => answer.status === 200,
        () => false,
      ))
      ? found
      : undefined
  }, 60_000)
  return { spec, endpoint }
}

describe('mllab/model-server', { timeout: BUILD_MS }, () => {
  it('serves a model that was trained with another scikit-learn, with exactly that one', async () => {
    // One older than the lock has on every Python we take.
    const training = await ensure('mllab/python', ['scikit-learn==1.6.1'])
    const mount = await newVolume()
    const trainer = probeOf(training)
    await runtime.volumes.writeFile(mount.volumeId, 'train.py', Buffer.from(TRAIN))
    const job = await trainer.start('', { command: ['{python}', 'train.py'], mounts: [mount], workingMount: 'work' })
    const ended = await until(async () => (await trainer.find(job))?.exit, 60_000)
    expect([ended.code, await trainer.log(job)]).toEqual([0, expect.stringContaining('requirements: mlflow==')])
    const requirements = (await trainer.log(job)).split('requirements: ')[1]?.trim().split(' ') ?? []

    const serving = await ensure('mllab/model-server', requirements)
    const probe = probeOf(serving)
    const model = { mounts: [mount], env: { LAB_MODEL_PATH: '{volume:work}/model' } }
    const { spec, endpoint } = await serve(probe, serving, '/health', model)
    const version = ['python', '-c', 'import sklearn; print(sklearn.__version__)']
    expect((await runtime.instances.exec(spec, version, { signal: AbortSignal.timeout(30_000) })).output).toBe(
      '1.6.1\n',
    )
    await speaksTheProtocol(endpoint)
    expect(await probe.log(spec)).toMatch(/loaded \['sklearn'\] in [\d.]+ s\n(.*\n)*POST \/invocations 200 [\d.]+ ms\n/)
    await trainer.cleanUp()
    await probe.cleanUp()
  })

  it('says why it cannot load a model', async () => {
    const serving = await ensure('mllab/model-server')
    const probe = probeOf(serving)
    const { command: _command, ...spec } = probe.spec('', {
      image: serving,
      ports: serving.ports,
      env: { LAB_MODEL_PATH: '/nowhere' },
    })
    await runtime.instances.apply(spec)
    expect(await until(async () => (await probe.find(spec))?.exit, 30_000)).toMatchObject({ code: 3, reason: 'exit' })
    expect(await probe.log(spec)).toContain('there is no MLmodel file in /nowhere')
    await probe.cleanUp()
  })
})

async function speaksTheProtocol(endpoint: Endpoint): Promise<void> {
  const invoke = async (body: unknown) => {
    const answer = await request(endpoint, 'POST', '/invocations', JSON.stringify(body))
    return { status: answer.status, body: JSON.parse(answer.text) as { predictions?: unknown; message?: string } }
  }
  const predictions = { status: 200, body: { predictions: [7, 11] } }
  expect(
    await invoke({
      dataframe_split: {
        columns: ['a', 'b'],
        data: [
          [1, 2],
          [3, 2],
        ],
      },
    }),
  ).toEqual(predictions)
  expect(
    await invoke({
      dataframe_records: [
        { b: 2, a: 1 },
        { a: 3, b: 2 },
      ],
    }),
  ).toEqual(predictions)
  expect(await invoke({ inputs: { a: [1, 3], b: [2, 2] } })).toEqual(predictions)
  expect(
    await invoke({
      instances: [
        { a: 1, b: 2 },
        { a: 3, b: 2 },
      ],
    }),
  ).toEqual(predictions)
  expect(
    await invoke({
      instances: [
        [1, 2],
        [3, 2],
      ],
    }),
  ).toEqual(predictions)
  const bad = async (body: unknown, message: string) =>
    expect(await invoke(body)).toEqual({
      status: 400,
      body: expect.objectContaining({ message: expect.stringContaining(message) }),
    })
  await bad({}, 'exactly one of dataframe_split, dataframe_records, inputs, instances')
  await bad({ dataframe_records: [{ a: 1 }] }, 'missing inputs')
  await bad({ dataframe_records: [{ a: 'word', b: 1 }] }, 'Column a')
  await bad([], 'must be an object')
  const csv = await request(endpoint, 'POST', '/invocations', 'a,b\n1,2\n3,2\n', 'text/csv')
  expect(JSON.parse(csv.text)).toEqual({ predictions: [7, 11] })
  expect((await request(endpoint, 'POST', '/invocations', '{', 'application/json')).status).toBe(400)
  expect((await request(endpoint, 'GET', '/invocations')).status).toBe(405)
  expect((await request(endpoint, 'GET', '/nowhere')).status).toBe(404)
  for (const path of ['/ping', '/health', '/version']) expect((await request(endpoint, 'GET', path)).status).toBe(200)
  const description = JSON.parse((await request(endpoint, 'GET', '/')).text) as Record<string, unknown>
  expect(description).toMatchObject({
    flavors: ['sklearn'],
    inputs: [
      { name: 'a', type: 'double' },
      { name: 'b', type: 'double' },
    ],
  })
}

describe('mllab/workspace', { timeout: BUILD_MS }, () => {
  it('is a JupyterLab whose kernels run code, with packages that stay [WSP-35]', async () => {
    const image = await ensure('mllab/workspace')
    const probe = probeOf(image)
    const mount = await newVolume()
    const where = { mounts: [mount], workingMount: 'work', env: { LAB_SERVICE_PATH: '/w/one/' } }
    const { spec, endpoint } = await serve(probe, image, '/w/one/api', where)
    expect((await request(endpoint, 'GET', '/w/one/lab')).text).toContain('JupyterLab')
    const code =
      'import sys, numpy, os; print(os.path.relpath(sys.prefix), numpy.ones(3).sum(), os.environ["LAB_SERVICE_PATH"])'
    expect(await runCell(endpoint, code)).toBe('.lab/py 3.0 /w/one/\n')
    await writeFile(path.join(await volumeFolder(spec), 'own.py'), 'print("own", end="")')
    expect(await runCell(endpoint, '!python own.py && which python pip')).toMatch(
      /^own.*\.lab\/py\/bin\/python\r?\n.*\.lab\/py\/bin\/pip\r?\n$/,
    )
    expect(
      await runCell(
        endpoint,
        '!pip install --quiet --no-deps toolz==1.0.0 && python -c "import toolz; print(toolz.__file__)"',
      ),
    ).toContain('.lab/py/lib/')
    const magic = '%pip install --quiet --no-deps more-itertools==10.5.0\nimport more_itertools as m; print(m.__file__)'
    expect(await runCell(endpoint, magic)).toContain('.lab/py/lib/')
    const script = '!uv pip install --quiet --no-deps tabulate==0.9.0 && which tabulate && echo 1 2 | tabulate'
    expect(await runCell(endpoint, script)).toMatch(/\.lab\/py\/bin\/tabulate[\s\S]*1 {2}2/)
    await runtime.instances.remove(spec)
    const again = await serve(probe, image, '/w/one/api', { ...where, workloadId: spec.workloadId })
    expect(await runCell(again.endpoint, 'import toolz, tabulate; print(toolz.__version__)')).toBe('1.0.0\n')
    await probe.cleanUp()
  })

  it('becomes one from a process that was kept ready, with kernels and variables of its own', async () => {
    const warmed = await pythonRuntime(IMAGES_ROOT, { warmPool: true })
    const image = await ensure('mllab/workspace')
    const probe = createProbe({ runtime: warmed, image, reopen: async () => undefined })
    const open = async () => {
      const id = newId()
      await warmed.volumes.ensure({ id, projectId: 'project', tenant: 'tenant' })
      const mounts = [{ volumeId: id, name: 'work', path: '/work', readOnly: false }]
      const rest = { mounts, workingMount: 'work', env: { LAB_SERVICE_PATH: '/w/one/', WORD: id } }
      return serve(probe, image, '/w/one/api', rest, warmed)
    }
    await open()
    const { spec, endpoint } = await until(async () => {
      const opened = await open()
      const marker = ['/bin/sh', '-c', 'echo $LAB_WORKLOAD']
      const { output } = await warmed.instances.exec(opened.spec, marker, { signal: AbortSignal.timeout(10_000) })
      if (output.includes('-warm-')) return opened
      await warmed.instances.remove(opened.spec)
      return undefined
    }, 60_000)
    const code = 'import os, sys, numpy; print(os.path.relpath(sys.prefix), os.environ["WORD"])'
    expect(await runCell(endpoint, code)).toBe(`.lab/py ${spec.env['WORD']}\n`)
    expect(await probe.log(spec)).toContain('/w/one/')
    // How somebody has arranged it lies in his own home, not in that of the process before it was his.
    const arranged = JSON.stringify({ data: {}, metadata: { id: 'default' } })
    const saved = await request(endpoint, 'PUT', '/w/one/lab/api/workspaces/default', arranged)
    expect(saved.status).toBe(204)
    const look = ['/bin/sh', '-c', 'ls .jupyter/lab/workspaces']
    const { output } = await warmed.instances.exec(spec, look, { signal: AbortSignal.timeout(10_000) })
    expect(output).toMatch(/^default-.*\.jupyterlab-workspace\n$/)
    await probe.cleanUp()
    await warmed.close()
  })
})

const TRAIN = `
import mlflow.sklearn, pandas, sklearn.linear_model
assert sklearn.__version__ == "1.6.1"
rows = pandas.DataFrame({"a": [0.0, 1.0, 0.0, 1.0], "b": [0.0, 0.0, 1.0, 1.0]})
model = sklearn.linear_model.LinearRegression().fit(rows, 2 * rows.a + 2 * rows.b + 1)
model.coef_, model.intercept_ = model.coef_.round(6), round(float(model.intercept_), 6)
mlflow.sklearn.save_model(model, "model", signature=mlflow.models.infer_signature(rows, model.predict(rows)))
print("requirements:", *open("model/requirements.txt").read().split())
`

async function volumeFolder(spec: InstanceSpec): Promise<string> {
  const answer = await runtime.instances.exec(spec, ['pwd'], { signal: AbortSignal.timeout(10_000) })
  return answer.output.trim()
}

function request(endpoint: Endpoint, method: string, path: string, body?: string, type = 'application/json') {
  const where = endpoint.kind === 'unix' ? { socketPath: endpoint.path } : { host: endpoint.host, port: endpoint.port }
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }
    const outgoing = http.request({ ...where, method, path, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Runs code in a new kernel, as a notebook does, and returns what it printed (Jupyter messaging 5.4, without subprotocol). */
async function runCell(endpoint: Endpoint, code: string): Promise<string> {
  if (endpoint.kind !== 'unix') throw new Error('a workspace listens on a unix socket')
  const made = await request(endpoint, 'POST', '/w/one/api/kernels', '{}')
  const { id } = JSON.parse(made.text) as { id: string }
  const socket = new WebSocket(`ws+unix:${endpoint.path}:/w/one/api/kernels/${id}/channels`)
  try {
    return await new Promise<string>((resolve, reject) => {
      let printed = ''
      socket.on('error', reject)
      socket.on('open', () => {
        const header = {
          msg_id: 'cell',
          msg_type: 'execute_request',
          username: '',
          session: 'test',
          version: '5.4',
          date: new Date().toISOString(),
        }
        const content = {
          code,
          silent: false,
          store_history: false,
          user_expressions: {},
          allow_stdin: false,
          stop_on_error: true,
        }
        socket.send(JSON.stringify({ header, parent_header: {}, metadata: {}, content, channel: 'shell' }))
      })
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString('utf8')) as KernelMessage
        if (message.parent_header.msg_id !== 'cell') return
        if (message.msg_type === 'stream') printed += message.content.text ?? ''
        if (message.msg_type === 'error') reject(new Error(message.content.traceback?.join('\n')))
        if (message.msg_type === 'status' && message.content.execution_state === 'idle') resolve(printed)
      })
    })
  } finally {
    socket.close()
    await request(endpoint, 'DELETE', `/w/one/api/kernels/${id}`)
  }
}

interface KernelMessage {
  readonly msg_type: string
  readonly parent_header: { readonly msg_id?: string }
  readonly content: { readonly text?: string; readonly traceback?: string[]; readonly execution_state?: string }
}
