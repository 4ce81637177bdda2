import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { GREETER, SLEEPER, writeImages } from '@mllab/testkit/crash/images'
import { endProcesses, runningOn } from '@mllab/testkit/crash/processes'
import { isAccepted } from '@mllab/testkit/crash/sign-in'
import { testFolder } from '@mllab/testkit/folder'
import { startTestServer, type TestServer } from '@mllab/testkit/server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const project = 'workloads'
const params = { project }

describe('workloads', () => {
  let folder: string
  let dataRoot: string
  let imagesRoot: string
  let server: TestServer

  const start = () => startTestServer({ dataRoot, env: { LAB_IMAGES_ROOT: imagesRoot } })
  const api = () => server.admin.api
  const running = () => runningOn(dataRoot)
  const service = async (slug: string) => (await api().services.get({ params: { project, service: slug } })).state
  const workspace = async (slug: string) => (await api().workspaces.get({ params: { project, workspace: slug } })).state
  const becomes = (look: () => Promise<{ status: string }>, status: string) =>
    vi.waitFor(async () => expect((await look()).status).toBe(status), { timeout: 10_000, interval: 20 })

  beforeEach(async () => {
    folder = await mkdtemp(path.join(testFolder(), 'workloads-'))
    dataRoot = path.join(folder, 'data')
    await mkdir(dataRoot)
    imagesRoot = await writeImages(path.join(folder, 'images'))
    server = await start()
    await api().projects.create({ body: { name: 'Workloads' } })
  })
  afterEach(async () => {
    await server.close()
    endProcesses(running())
    await rm(folder, { recursive: true, force: true })
  })

  it('have a token that is void when they have failed', async () => {
    await api().workspaces.create({ params, body: { slug: 'one', image: SLEEPER } })
    await becomes(() => workspace('one'), 'running')
    const [token = ''] = running().map((instance) => instance.token)
    expect(await isAccepted(server.url, token)).toBe(true)
    endProcesses(running())
    await becomes(() => workspace('one'), 'failed')
    expect(await isAccepted(server.url, token)).toBe(false)
  })

  it('have access decided anew when they stop, and not when they start', async () => {
    const version = () => query(`select value from meta where key = 'access_version'`)
    const before = version()
    await api().services.create({ params, body: { slug: 'one', image: SLEEPER } })
    await becomes(() => service('one'), 'running')
    expect(version()).toEqual(before)
    await api().services.stop({ params: { project, service: 'one' } })
    await becomes(() => service('one'), 'stopped')
    expect(version()).not.toEqual(before)
  })

  it('leave nothing of an earlier start running when the next one fails', async () => {
    await api().services.create({ params, body: { slug: 'one', image: SLEEPER } })
    await becomes(() => service('one'), 'running')
    await server.close()
    // As a crash leaves it that comes right after a start was declared; and the image is gone meanwhile.
    const db = new DatabaseSync(path.join(dataRoot, 'lab.sqlite'))
    db.exec(`update workload set generation = generation + 1, status = 'starting', image_key = null`)
    db.close()
    await rm(path.join(imagesRoot, 'sleeper'), { recursive: true })
    expect(running()).toHaveLength(1)
    server = await start()
    await becomes(() => service('one'), 'failed')
    await vi.waitFor(() => expect(running()).toEqual([]), { timeout: 10_000 })
  })

  it('are started again when they end, later each time, and stop at once all the same', async () => {
    await api().services.create({ params, body: { slug: 'one', image: SLEEPER } })
    const startsAgain = async () => {
      const before = await vi.waitUntil(() => running()[0]?.pids, { timeout: 10_000 })
      await becomes(() => service('one'), 'running')
      endProcesses(running())
      await becomes(() => service('one'), 'starting')
      return before
    }
    await startsAgain()
    await startsAgain()
    await startsAgain()
    // The next one is due in two seconds.
    const asked = performance.now()
    await api().services.stop({ params: { project, service: 'one' } })
    await becomes(() => service('one'), 'stopped')
    expect(performance.now() - asked).toBeLessThan(1000)
    await api().services.start({ params: { project, service: 'one' } })
    await becomes(() => service('one'), 'running')
    expect(performance.now() - asked).toBeLessThan(2000)
  })

  it('start again on what their image was, until they are updated', async () => {
    const edition = async () => {
      const answer = await fetch(`${server.url}/api/projects/${project}/services/one/8080/`, {
        headers: { authorization: `Bearer ${server.admin.token}` },
      })
      return answer.headers.get('edition')
    }
    const at = { params: { project, service: 'one' } }
    await api().services.create({ params, body: { slug: 'one', image: GREETER, env: {} } })
    await becomes(() => service('one'), 'running')
    expect(await edition()).toBe('1')
    await server.close()
    await writeImages(imagesRoot, 2)
    server = await start()
    await api().services.stop(at)
    await becomes(() => service('one'), 'stopped')
    await api().services.start(at)
    await becomes(() => service('one'), 'running')
    expect(await edition()).toBe('1')

    await Promise.all([api().services.update(at), api().services.update(at)])
    await vi.waitFor(async () => expect(await edition()).toBe('2'), { timeout: 10_000 })
    await becomes(() => service('one'), 'running')
    expect(running()).toHaveLength(1)
  })

  it('do not begin in a project that is being deleted', async () => {
    for (let round = 0; round < 8; round += 1) {
      const slug = `short-${round}`
      await api().projects.create({ body: { name: slug, slug } })
      await api().services.create({ params: { project: slug }, body: { slug: 'first', image: SLEEPER } })
      const requests: Promise<unknown>[] = Array.from({ length: 6 }, (_, n) =>
        api().services.create({ params: { project: slug }, body: { slug: `service-${n}`, image: SLEEPER } }),
      )
      void requests.splice(3, 0, api().projects.remove({ params: { project: slug } }))
      await Promise.allSettled([...requests, api().services.remove({ params: { project: slug, service: 'first' } })])
    }
    await vi.waitFor(
      () => {
        expect(query(`select status, error from operation where status <> 'done'`)).toEqual([])
        expect(running()).toEqual([])
      },
      { timeout: 15_000, interval: 50 },
    )
  })

  function query(sql: string) {
    const db = new DatabaseSync(path.join(dataRoot, 'lab.sqlite'), { readOnly: true })
    try {
      return db.prepare(sql).all()
    } finally {
      db.close()
    }
  }
})
