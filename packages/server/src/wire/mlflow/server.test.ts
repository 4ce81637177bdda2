import { startTestServer, type TestServer } from '@mllab/testkit/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startPython, type MlflowPython } from './testing/python.ts'

describe('an MLflow client and our own API on a whole server', () => {
  let server: TestServer
  let python: MlflowPython
  beforeAll(async () => {
    python = await startPython(['mlflow-skinny==2.22.1', 'setuptools<81'])
    server = await startTestServer()
  }, 900_000)
  afterAll(async () => {
    await python?.close()
    await server?.close()
  })

  it('see the same runs, models and files', { timeout: 120_000 }, async () => {
    const { api, token } = server.admin
    const { slug: project } = await api.projects.create({ body: { name: 'Wine quality' } })
    await python.call('connect', { uri: `${server.url}/mlflow/${project}`, token })
    const { id } = (await python.call('training')) as { id: string } // driver.py: training
    expect(await python.call('artifacts')).toMatchObject({ loaded: 'hello', downloaded: '{}' })
    expect(await python.call('big_artifact', { size: 6_000_000 })).toMatchObject({ same: true })
    await python.call('old_model')

    const { items } = await api.runs.list({ params: { project }, query: { filter: 'metrics.loss < 1' } })
    expect(items.map(({ id: found, name }) => [found, name])).toEqual([[id, 'outer']])
    const run = await api.runs.get({ params: { project, run: id } })
    expect(run.params).toEqual([{ key: 'layers', value: '[1, 2]' }, { key: 'lr', value: '0.1' }]) // prettier-ignore
    const { curves } = await api.runs.curves({ params: { project, run: id }, query: {} })
    expect(curves.map(({ key, points }) => [key, points])).toEqual([['auc', 5], ['huge', 1], ['loss', 5], ['odd', 1]]) // prettier-ignore
    expect((await api.models.versions({ params: { project, model: 'old' }, query: {} })).items).toMatchObject([
      { model: 'old', version: 1, flavors: ['python_function'], status: 'ready' },
    ])

    const link = await fetch(`${server.url}/mlflow/${project}`)
    expect([link.status, await link.text()]).toEqual([200, expect.stringContaining('location.hash')])
    const headers = { authorization: `Bearer ${token}` }
    const place = await fetch(`${server.url}/.lab/mlflow-run/${id}`, { headers })
    expect(await place.json()).toEqual({
      path: expect.stringMatching(new RegExp(`^/app/p/${project}/experiments/\\d+/runs/${id}$`)),
    })
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([])
  })
})
