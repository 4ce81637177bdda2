import { projectActions, roleAllows, type ProjectAction } from '@mllab/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { mlflowBases, mlflowRoutes } from './mlflow.ts'
import { startWire, type WireRig } from './testing/rig.ts'

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Headers
}

describe('the wire of MLflow', () => {
  let rig: WireRig
  beforeAll(async () => {
    rig = await startWire()
  })
  afterAll(() => rig.close())

  const call = async (
    method: string,
    path: string,
    options: { token?: string; json?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const { token = rig.token, json, headers } = options
    const response = await fetch(rig.url + path, {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    const text = await response.text()
    const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text }
    return { status: response.status, body, headers: response.headers }
  }
  const api = '/mlflow/wine/api/2.0/mlflow'
  const newRun = async (): Promise<string> => {
    const { body } = await call('POST', `${api}/runs/create`, { json: { experiment_id: '0', start_time: 1000 } })
    const { run } = body as { run: { info: { run_id: string } } } // MLflow's shape
    return run.info.run_id
  }
  const path = (url: string) =>
    url
      .replace(/:number/g, '1')
      .replace(/:\w+/g, 'x')
      .replace('*', `0/${'0'.repeat(32)}/artifacts/x`)

  it('has a permission for every route, and refuses everybody who lacks it', async () => {
    const strangers = await rig.tokenFor({ other: 'owner' })
    const viewer = await rig.tokenFor({ wine: 'viewer' })
    const scopes = Object.fromEntries(
      await Promise.all(
        (['runs:read', 'runs:write', 'models:read', 'models:write'] as const).map(async (lacking) => {
          const others = (Object.keys(projectActions) as ProjectAction[]).filter((one) => one !== lacking) // its own keys
          return [lacking, await rig.tokenFor({ wine: 'owner' }, others)] as const
        }),
      ),
    )
    const outcome = async (method: string, url: string, token: string) => {
      const { status, body } = await call(method, url, { token, json: method === 'GET' ? undefined : {} })
      return [status, body['error_code']]
    }
    for (const route of mlflowRoutes) {
      const url = `/mlflow/wine${path(route.path)}`
      const named = `${route.method} ${route.path}`
      expect([named, ...(await outcome(route.method, url, ''))]).toEqual([named, 401, 'UNAUTHENTICATED'])
      expect([named, ...(await outcome(route.method, url, 'mlp_no'))]).toEqual([named, 401, 'UNAUTHENTICATED'])
      expect([named, ...(await outcome(route.method, url, strangers))]).toEqual([named, 404, 'RESOURCE_DOES_NOT_EXIST'])
      const denied = [named, 403, 'PERMISSION_DENIED']
      expect([named, ...(await outcome(route.method, url, scopes[route.action] ?? ''))]).toEqual(denied)
      const forViewer = await outcome(route.method, url, viewer)
      if (roleAllows('viewer', route.action)) expect([named, forViewer[0]]).not.toEqual([named, 403])
      else expect([named, ...forViewer]).toEqual(denied)
    }
    expect(rig.log.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('has all routes of a training client, each once and on both bases', () => {
    const named = mlflowRoutes.map(({ method, path: url }) => `${method} ${url}`)
    expect(new Set(named).size).toBe(named.length)
    expect(named.length).toBeGreaterThanOrEqual(70)
    expect(mlflowBases).toEqual(['', '/mlflow/:project'])
  })

  it('takes Basic with the token as password, and asks for it', async () => {
    const basic = { authorization: `Basic ${Buffer.from(`mara:${rig.token}`).toString('base64')}` }
    expect((await call('GET', `${api}/experiments/get?experiment_id=0`, { token: '', headers: basic })).status).toBe(
      200,
    )
    const { status, headers, body } = await call('GET', `${api}/experiments/get?experiment_id=0`, { token: '' })
    expect([status, headers.get('www-authenticate'), body['error_code']]).toEqual([
      401,
      'Basic realm="mlflow"',
      'UNAUTHENTICATED',
    ])
  })

  it('answers in MLflow’s form what it does not know', async () => {
    expect((await call('POST', '/mlflow/wine/api/3.0/mlflow/traces', { json: {} })).body).toEqual({
      error_code: 'ENDPOINT_NOT_FOUND',
      message: "No API found for 'POST /mlflow/wine/api/3.0/mlflow/traces'",
    })
    expect(await call('POST', `${api}/runs/create`, { headers: { 'content-type': 'application/json' }, json: [] })).toMatchObject({ status: 400, body: { error_code: 'BAD_REQUEST' } }) // prettier-ignore
    expect((await call('GET', `${api}/runs/get`)).body['message']).toMatch(
      /^Missing value for required parameter 'run_id'/,
    )
    expect((await call('GET', `${api}/experiments/get?experiment_id=abc`)).body['error_code']).toBe(
      'INVALID_PARAMETER_VALUE',
    )
    const badPage = await call('POST', `${api}/runs/search`, { json: { experiment_ids: ['0'], page_token: 'x' } })
    expect([badPage.status, badPage.body['error_code']]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
  })

  it('says what it is without asking who is there', async () => {
    for (const base of ['', '/mlflow/wine']) {
      expect((await call('GET', `${base}/health`, { token: '' })).body).toEqual({ text: 'OK' })
      expect((await call('GET', `${base}/version`, { token: '' })).body['text']).toMatch(/^3\.\d+/)
      expect((await call('GET', `${base}/api/3.0/mlflow/server-info`, { token: '' })).body).toMatchObject({
        workspaces_enabled: true,
        multipart_uploads_enabled: true,
      })
    }
  })

  it('is the same below /ajax-api and at the root with the header', async () => {
    const id = await newRun()
    const headers = { 'x-mlflow-workspace': 'wine' }
    const asked = `/ajax-api/2.0/mlflow/runs/get?run_id=${id}`
    expect((await call('GET', `/mlflow/wine${asked}`)).status).toBe(200)
    expect((await call('GET', asked, { headers })).body).toMatchObject({
      run: { info: { run_id: id, experiment_id: '0' } },
    })
    expect((await call('GET', asked, { headers: { 'x-mlflow-workspace': 'other' } })).body).toEqual({
      error_code: 'RESOURCE_DOES_NOT_EXIST',
      message: `Run with id=${id} not found`,
    })
  })

  it('takes integers as text or number, refuses those that are too large, and leaves out what is not set', async () => {
    const id = await newRun()
    const log = (timestamp: unknown) =>
      call('POST', `${api}/runs/log-metric`, {
        json: { run_id: id, key: 'a', value: 'NaN', timestamp, step: '3', unknown: 1 },
      })
    expect((await log('17')).body).toEqual({})
    expect((await log(2 ** 60)).body['error_code']).toBe('INVALID_PARAMETER_VALUE')
    const { body } = await call('GET', `${api}/runs/get?run_uuid=${id}`)
    const { run } = body as { run: { info: object; data: { metrics: object[] } } } // MLflow's shape
    expect(run.info).not.toHaveProperty('end_time')
    expect(run.data.metrics).toEqual([{ key: 'a', value: 'NaN', timestamp: 17, step: 3 }])
  })

  it('compares histories of several runs', async () => {
    const [a, b] = [await newRun(), await newRun()]
    for (const [id, factor] of [
      [a, 1],
      [b, 2],
    ] as const)
      // prettier-ignore
      await call('POST', `${api}/runs/log-batch`, {
        json: { run_id: id, metrics: Array.from({ length: 50 }, (_, step) => ({ key: 'w', value: step * factor, timestamp: step, step })) },
      })
    const bulk = await call(
      'GET',
      `/mlflow/wine/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=${a}&run_id=${b}&metric_key=w`,
    )
    expect(bulk.body['metrics']).toHaveLength(100)
    const sampled = await call(
      'GET',
      `${api}/metrics/get-history-bulk-interval?run_ids=${a}&run_ids=${b}&metric_key=w&start_step=10&end_step=29&max_results=4`,
    )
    const { metrics } = sampled.body as { metrics: { run_id: string; step: number }[] } // MLflow's shape
    expect(metrics.filter(({ run_id: id }) => id === b).map(({ step }) => step)).toEqual([10, 15, 20, 25])
  })

  it('never lets a browser show what was logged, and keeps paths inside the run', async () => {
    const id = await newRun()
    const file = (name: string) => `/mlflow/wine/api/2.0/mlflow-artifacts/artifacts/0/${id}/artifacts/${name}`
    const put = await fetch(rig.url + file('page.html'), {
      method: 'PUT',
      headers: { authorization: `Bearer ${rig.token}`, 'content-type': 'application/json' },
      body: '<script>alert(1)</script>',
    })
    expect(put.status).toBe(200)
    const shown = await call('GET', `/mlflow/wine/get-artifact?run_uuid=${id}&path=page.html`)
    expect([shown.headers.get('content-type'), shown.headers.get('content-security-policy')]).toEqual([
      'application/octet-stream',
      'sandbox',
    ])
    expect(shown.headers.get('content-disposition')).toMatch(/^attachment/)
    const part = await call('GET', file('page.html'), { headers: { range: 'bytes=1-6' } })
    expect([part.status, part.body['text'], part.headers.get('content-range')]).toEqual([206, 'script', 'bytes 1-6/25'])
    expect((await call('GET', file('..%2f..%2fx'))).status).toBe(400)
    expect((await call('GET', file('nothing'))).body['error_code']).toBe('RESOURCE_DOES_NOT_EXIST')
    expect((await call('GET', `/mlflow/other${file('page.html').slice('/mlflow/wine'.length)}`)).status).toBe(404)
  })

  it('opens the links that clients print', async () => {
    const id = await newRun()
    const page = await fetch(`${rig.url}/mlflow/wine`)
    const html = await page.text()
    const nonce = /script-src 'nonce-([^']+)'/.exec(page.headers.get('content-security-policy') ?? '')?.[1]
    expect(html).toContain(`<script nonce="${nonce}">`)
    expect(html).toContain('"project":"wine"')
    expect((await call('GET', `/.lab/mlflow-run/${id}`)).body).toEqual({ path: `/app/p/wine/experiments/0/runs/${id}` })
    expect((await call('GET', `/.lab/mlflow-run/${id}`, { token: '' })).status).toBe(401)
    const stranger = await rig.tokenFor({ other: 'owner' })
    expect((await call('GET', `/.lab/mlflow-run/${id}`, { token: stranger })).status).toBe(404)
  })
})
