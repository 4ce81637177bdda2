import { execFileSync } from 'node:child_process'
import { once } from 'node:events'

import { startTestServer, type TestPerson, type TestServer } from '@mllab/testkit/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'

import { ask } from '../../edges/apps/testing/browse.ts'
import { servingImages } from './testing/images.ts'

const project = 'wine'

let server: TestServer
let mara: TestPerson
beforeAll(async () => {
  server = await startTestServer({ env: { LAB_IMAGES_ROOT: await servingImages() } })
  mara = await server.person('mara')
  await mara.api.projects.create({ body: { name: 'Wine' } })
  await mara.api.services.create({ params: { project }, body: { image: 'mllab/odd', env: { EXAMPLE: 'mine' } } })
  await becomes('odd', 'running')
}, 60_000)
afterAll(async () => {
  for (const { slug } of (await mara.api.services.list({ params: { project }, query: {} })).items)
    await mara.api.services.remove({ params: { project, service: slug } })
  await vi.waitFor(async () => expect(await server.platform.running()).toEqual([]), { timeout: 20_000 })
  await server.close()
})

const of = (service: string) => ({ params: { project, service } })
const becomes = (service: string, status: string) =>
  vi.waitFor(
    async () => {
      const found = await mara.api.services.get(of(service))
      expect(found.state).toMatchObject({ status })
      return found
    },
    { timeout: 30_000, interval: 50 },
  )
const at = (port: number, path = '', service = 'odd') =>
  `${server.url}/api/projects/${project}/services/${service}/${port}/${path}`
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const call = async (url: string) => (await ask(url, bearer(mara.token))).body

describe('a service from an image', { timeout: 60_000 }, () => {
  it('answers on the ports the image declares, whatever they are, and on no other [SVC-01, SVC-04]', async () => {
    expect(JSON.parse(await call(at(1234)))).toMatchObject({ port: 1234 })
    expect(await call(at(5678))).toBe('admin')
    expect((await ask(at(4321), bearer(mara.token))).status).toBe(404)
    expect((await mara.api.services.get(of('odd'))).ports.map(({ port }) => port)).toEqual([1234, 5678])
  })

  it('may be of any language: a shell, Java [SVC-03]', async ({ skip }) => {
    const java = hasJava()
    for (const name of java ? ['shell', 'java'] : ['shell'])
      await mara.api.services.create({ params: { project }, body: { image: `mllab/${name}` } })
    await becomes('shell', 'running')
    expect(await call(at(8080, '', 'shell'))).toBe('from a shell\n')
    if (!java) skip('there is no java on this machine')
    await becomes('java', 'running')
    expect(await call(at(8080, '', 'java'))).toBe('from Java')
  })

  it('talks over a websocket [SVC-02]', async () => {
    const socket = new WebSocket(at(1234).replace('http', 'ws'), bearer(mara.token))
    const [said] = (await once(socket, 'message')) as [Buffer] // as `ws` delivers one
    socket.close()
    expect(said.toString()).toBe('hello')
  })

  it('takes tokens of a person and of its project [SVC-15]', async () => {
    const create = (inProject?: string) =>
      mara.api.accounts.createToken({
        body: { name: 'caller', scopes: ['services:call'], ...(inProject === undefined ? {} : { project: inProject }) },
      })
    await mara.api.projects.create({ body: { name: 'Other' } })
    const [own, ofProject, ofOther] = await Promise.all([create(), create(project), create('other')])
    const statuses = [own, ofProject, ofOther].map(async ({ secret }) => (await ask(at(1234), bearer(secret))).status)
    expect(await Promise.all(statuses)).toEqual([200, 200, 404])
  })

  it('opens by a link with somebody’s token without touching the session of who follows it [SVC-14]', async () => {
    const jonas = await server.person('jonas')
    const headers = {
      accept: 'text/html',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-site': 'none',
      cookie: jonas.cookie,
    }
    const followed = await ask(`${at(1234)}?lab_token=${mara.token}`, { headers })
    expect(followed.status).toBe(303)
    expect(followed.headers['set-cookie']).toBeUndefined()
    const me = await ask(`${server.url}/api/me`, { headers: { cookie: jonas.cookie } })
    expect(me.body).toContain('"username":"jonas"')
  })

  it('has the values of the image where none is given; internal variables are not offered [SVC-21, SVC-22]', async () => {
    expect(JSON.parse(await call(at(1234)))).toMatchObject({ EXAMPLE: 'mine', OTHER: 'as it is' })
    const { images } = await mara.api.services.options({ params: { project } })
    expect(images.find(({ ref }) => ref === 'mllab/odd')).toEqual({
      ref: 'mllab/odd',
      title: 'Odd',
      ready: true,
      ports: [1234, 5678],
      variables: { EXAMPLE: 'of the image', OTHER: 'as it is' },
    })
    await mara.api.services.change({ ...of('odd'), body: { env: { EXAMPLE: null, OTHER: 'changed' } } })
    await mara.api.services.restart(of('odd'))
    await becomes('odd', 'running')
    expect(JSON.parse(await call(at(1234)))).toMatchObject({ EXAMPLE: 'of the image', OTHER: 'changed' })
  })

  it('keeps what it writes to its data over a restart and an update [SVC-23]', async () => {
    await call(at(1234, 'keep'))
    await mara.api.services.restart(of('odd'))
    await becomes('odd', 'running')
    expect(await call(at(1234, 'kept'))).toBe('kept')
    await mara.api.services.update(of('odd'))
    await becomes('odd', 'running')
    expect(await call(at(1234, 'kept'))).toBe('kept')
  })

  it('is unhealthy while the check of its image fails, and well again after it [SVC-24]', async () => {
    await call(at(1234, 'sick'))
    const { state } = await becomes('odd', 'unhealthy')
    expect(state.reason).toMatchObject({ code: 'health', detail: 'It stopped answering at /health.' })
    await call(at(1234, 'cure'))
    expect((await becomes('odd', 'running')).state.reason).toBeNull()
  })

  it('shows what it prints as its log, live [SVC-25]', async () => {
    await call(at(1234, 'say?one'))
    const controller = new AbortController()
    const log = await fetch(`${server.url}/api/projects/${project}/services/odd/logs?follow=true&from=0`, { ...bearer(mara.token), signal: controller.signal }) // prettier-ignore
    const reader = log.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    const until = async (wanted: string) => {
      while (!text.includes(wanted)) {
        const { value, done } = (await reader?.read()) ?? { done: true, value: undefined }
        if (done) throw new Error(`the log ended: ${text}`)
        text += value
      }
    }
    await until('said one\n')
    await call(at(1234, 'say?two'))
    await until('said two\n')
    controller.abort()
  })

  it('answers at once who follows a log that is silent [SVC-25]', async () => {
    const from = 10_000_000
    const log = await fetch(`${server.url}/api/projects/${project}/services/odd/logs?follow=true&from=${from}`, { ...bearer(mara.token), signal: AbortSignal.timeout(10_000) }) // prettier-ignore
    expect(log.status).toBe(200)
    expect(log.headers.get('lab-log-offset')).toBe(String(from))
    await log.body?.cancel()
  })
})

function hasJava(): boolean {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
