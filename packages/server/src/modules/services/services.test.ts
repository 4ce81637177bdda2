import http from 'node:http'

import { problemCode } from '@mllab/testkit/problem'
import { startTestServer, type TestPerson, type TestServer } from '@mllab/testkit/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { startPython } from '../../wire/mlflow/testing/python.ts'

/** Environments may have to be built first: packages are downloaded then. */
const START_MS = 900_000

describe('a service of a registered model', () => {
  let server: TestServer
  let mara: TestPerson
  let jonas: TestPerson
  const project = 'wine'
  const model = { name: 'wines', version: 1 }

  beforeAll(async () => {
    server = await startTestServer()
    mara = await server.person('mara')
    jonas = await server.person('jonas')
    await mara.api.projects.create({ body: { name: 'Wine' } })
    await jonas.api.projects.create({ body: { name: 'Other' } })
    const python = await startPython(['mlflow==3.17.2', 'scikit-learn==1.7.2', 'setuptools<81'])
    try {
      await python.call('connect', { uri: `${server.url}/mlflow/${project}`, token: mara.token })
      await python.call('registry')
    } finally {
      await python.close()
    }
  }, START_MS)
  afterAll(async () => {
    for (const { slug } of (await mara.api.services.list({ params: { project }, query: {} })).items)
      await mara.api.services.remove({ params: { project, service: slug } })
    await vi.waitFor(async () => expect(await server.platform.running()).toEqual([]), { timeout: 30_000 })
    await server.close()
  })

  const get = (service: string) => mara.api.services.get({ params: { project, service } })
  const becomes = (service: string, status: string) =>
    vi.waitFor(
      async () => {
        const { state } = await get(service)
        if (state.status === 'failed') throw new Error(JSON.stringify(state.reason))
        expect(state.status).toBe(status)
      },
      { timeout: START_MS, interval: 200 },
    )
  const frame = { dataframe_split: { columns: ['alcohol', 'ph'], data: [[9, 3.1], [11, 3.3]] } } // prettier-ignore
  /** As a program sends it; `fetch` would send what browsers send. */
  const predict = (service: string, headers: Record<string, string>, query = '') =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const path = `${server.url}/api/projects/${project}/services/${service}/8080/invocations${query}`
      const request = http.request(
        path,
        { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
        async (answer) => resolve({ status: answer.statusCode, body: (await answer.toArray()).join('') }),
      )
      request.once('error', reject).end(JSON.stringify(frame))
    })
  const predictionsOf = ({ body }: { body: string }) => {
    const { predictions } = JSON.parse(body) as { predictions: number[] } // MLflow's scoring protocol
    return predictions.map((value) => Number(value.toFixed(3)))
  }

  it(
    'predicts as the notebook did at a URL that asks for a token, with its log, until it is stopped [SVC-05, SVC-06, SVC-08, SVC-10, SVC-11, SVC-12, SVC-13, SVC-25, MOD-02, MOD-03, MOD-05]',
    async () => {
      const created = await mara.api.services.create({
        params: { project },
        body: { model, env: { SECRET_OF_MINE: 'hidden' } },
      })
      const url = `${server.url}/api/projects/${project}/services/wines/8080/`
      expect(created).toMatchObject({ slug: 'wines', model, env: { SECRET_OF_MINE: '********' }, ports: [{ url }] })
      await becomes('wines', 'running')

      const bearer = { authorization: `Bearer ${mara.token}` }
      expect(predictionsOf(await predict('wines', bearer))).toEqual([5, 7])
      expect(predictionsOf(await predict('wines', { cookie: `lab_access_token=${mara.token}` }))).toEqual([5, 7])
      expect(predictionsOf(await predict('wines', {}, `?lab_token=${mara.token}`))).toEqual([5, 7])
      expect((await predict('wines', {})).status).toBe(401)
      expect((await predict('wines', { authorization: `Bearer ${jonas.token}` })).status).toBe(404)
      const tried = await mara.api.services.tryIt({
        params: { project, service: 'wines' },
        body: { body: JSON.stringify(frame) },
      })
      expect(tried).toMatchObject({ status: 200, body: expect.stringContaining('predictions') })

      const log = await fetch(`${server.url}/api/projects/${project}/services/wines/logs`, { headers: bearer })
      expect(log.headers.get('lab-log-offset')).toBe('0')
      expect(await log.text()).toMatch(/^loaded .*\nPOST \/invocations 200 /)

      await mara.api.services.stop({ params: { project, service: 'wines' } })
      await becomes('wines', 'stopped')
      expect((await predict('wines', bearer)).status).toBe(503)
      await mara.api.services.start({ params: { project, service: 'wines' } })
      await becomes('wines', 'running')
      const { state } = await mara.api.services.restart({ params: { project, service: 'wines' } })
      expect(state).toMatchObject({ status: 'starting', generation: 3 })
      await becomes('wines', 'running')
      expect(predictionsOf(await predict('wines', bearer))).toEqual([5, 7])
      await mara.api.services.remove({ params: { project, service: 'wines' } })
      await expect(problemCode(get('wines'))).resolves.toBe('NOT_FOUND')
      await vi.waitFor(async () => expect((await predict('wines', bearer)).status).toBe(404), { timeout: 10_000 })
    },
    START_MS,
  )

  it('is refused without a model or an image, for an unknown one, for an image that serves nothing, and with a taken name', async () => {
    const create = (body: Parameters<typeof mara.api.services.create>[0]['body']) =>
      problemCode(mara.api.services.create({ params: { project }, body }))
    await expect(create({})).resolves.toBe('INVALID_INPUT')
    await expect(create({ model, image: 'mllab/model-server' })).resolves.toBe('INVALID_INPUT')
    await expect(create({ model: { name: 'nobody' } })).resolves.toBe('NOT_FOUND')
    await expect(create({ image: 'nobody/nothing' })).resolves.toBe('IMAGE_UNKNOWN')
    await expect(create({ image: 'mllab/python' })).resolves.toBe('IMAGE_WITHOUT_PORT')
    const twice = await Promise.all([1, 2].map(() => create({ model, slug: 'once' })))
    expect(twice.toSorted()).toEqual(['NAME_TAKEN', 'done'])
  })

  it('is nothing that others see, and viewers may call it but not stop it', async () => {
    await mara.api.services.create({ params: { project }, body: { model, slug: 'shown' } })
    const service = { params: { project, service: 'shown' } }
    await expect(problemCode(jonas.api.services.get(service))).resolves.toBe('NOT_FOUND')
    await expect(problemCode(server.anonymous.services.get(service))).resolves.toBe('NOT_SIGNED_IN')
    await mara.api.projects.setMember({ params: { project, username: 'jonas' }, body: { role: 'viewer' } })
    expect((await jonas.api.services.get(service)).can).not.toContain('stop')
    await expect(problemCode(jonas.api.services.stop(service))).resolves.toBe('FORBIDDEN')
    await expect(problemCode(jonas.api.services.restart(service))).resolves.toBe('FORBIDDEN')
    await mara.api.projects.removeMember({ params: { project, username: 'jonas' } })
  })
})
