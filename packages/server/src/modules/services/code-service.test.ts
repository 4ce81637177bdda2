import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { testFolder } from '@mllab/testkit/folder'
import { problemCode } from '@mllab/testkit/problem'
import { startTestServer, type TestPerson, type TestServer } from '@mllab/testkit/server'
import { uploadFiles } from '@mllab/sdk'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { serverScript, writeTree } from '../../adapters/runtime/process/images/testing/code.ts'

/** The environment may have to be made first: packages are downloaded then. */
const START_MS = 600_000
const project = 'wine'
const run = promisify(execFile)

let server: TestServer
let mara: TestPerson
let folder: string
beforeAll(async () => {
  server = await startTestServer()
  mara = await server.person('mara')
  folder = await mkdtemp(path.join(testFolder(), 'code-'))
  await mara.api.projects.create({ body: { name: 'Wine' } })
  await mara.api.projects.create({ body: { name: 'Other' } })
}, START_MS)
afterEach(async () => {
  for (const { slug } of (await mara.api.services.list({ params: { project }, query: {} })).items)
    await mara.api.services.remove({ params: { project, service: slug } })
  await vi.waitFor(async () => expect(await server.platform.running()).toEqual([]), { timeout: 30_000 })
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

type Body = Parameters<typeof mara.api.services.create>[0]['body']
const of = (service: string) => ({ params: { project, service } })
const get = (service: string) => mara.api.services.get(of(service))
const becomes = (service: string, status: string) =>
  vi.waitFor(
    async () => {
      const found = await get(service)
      if (status === 'running' && found.state.status === 'failed') throw new Error(JSON.stringify(found.state.reason))
      expect(found.state.status).toBe(status)
      return found
    },
    { timeout: START_MS, interval: 100 },
  )
const deploy = async (body: Body) => {
  const { slug } = await mara.api.services.create({ params: { project }, body })
  return becomes(slug, 'running')
}
/** As a program sends it, with a token. */
const ask = (url: string, body?: string) =>
  new Promise<string>((resolve, reject) => {
    const headers = { authorization: `Bearer ${mara.token}`, 'content-type': 'application/json' }
    const request = http.request(url, { method: body === undefined ? 'GET' : 'POST', headers, agent: false })
    request.once('response', async (answer) => resolve((await answer.toArray()).join('')))
    request.once('error', reject).end(body)
  })
const logOf = async (service: string) => {
  const log = await mara.api.services.logs({ ...of(service), query: {} })
  return log.text()
}
const upload = async (name: string, files: Readonly<Record<string, string>>) => {
  const entries = Object.entries(files)
  return uploadFiles(mara.api, {
    project,
    name,
    folder: entries.length > 1,
    files: entries.map(([file, content]) => ({ path: file, bytes: new Blob([content]) })),
  })
}
/** Answers with its variables. */
const TELLS = serverScript('')
  .replace('b""', 'json.dumps(dict(os.environ)).encode()')
  .replace('import http', 'import json, http')

describe('a service from code', { timeout: START_MS }, () => {
  it('comes from Git, shows its steps, and is called with a token; it knows its place, and its token reaches its project alone [SVC-29, SVC-31, SVC-32, SVC-16, SVC-17, SVC-18, SVC-19]', async () => {
    const work = path.join(folder, 'work')
    await mkdir(work)
    await writeTree(work, { 'services/tell/__main__.py': TELLS, 'services/tell/requirements.txt': 'numpy\n' })
    const git = (...args: string[]) => run('git', ['-c', 'user.name=Mara', '-c', 'user.email=m@example.org', ...args], { cwd: work }) // prettier-ignore
    await git('init', '--quiet', '--initial-branch=main')
    await git('add', '.')
    await git('commit', '--quiet', '--message', 'first')
    const source = `git+file://${work}@main#subdirectory=services/tell`
    const found = await deploy({ code: { source }, env: { GREETING: 'Hello' } })
    expect(found).toMatchObject({
      slug: 'tell',
      code: { source, port: 8091, health: null },
      env: { GREETING: '********' },
      ports: [{ url: `${server.url}/api/projects/wine/services/tell/8091/` }],
      state: { image: 'mllab/workspace' },
    })
    expect(found.state.steps.map(({ name, status }) => [name, status])).toEqual(
      ['place', 'volume', 'image', 'process', 'fetch', 'install', 'ready'].map((name) => [name, 'done']),
    )
    expect(found.state.steps.find(({ name }) => name === 'install')?.detail).toBe('requirements.txt')

    const inside = JSON.parse(await ask(found.ports[0]?.url ?? '')) as Record<string, string> // what TELLS answers
    expect(inside).toMatchObject({ GREETING: 'Hello', LAB_PROJECT: project })
    expect(`${new URL(server.url).origin}${inside['LAB_SERVICE_PATH']}8091/`).toBe(found.ports[0]?.url)
    const token = inside['LAB_API_TOKEN'] ?? ''
    const reach = async (what: string) =>
      (await fetch(`${inside['LAB_ENDPOINT']}/api/projects/${what}`, { headers: { authorization: `Bearer ${token}` } })).status // prettier-ignore
    await upload('notes.txt', { 'notes.txt': 'read me' })
    expect(await Promise.all(['wine/files/notes.txt', 'other', 'wine/services'].map(reach))).toEqual([200, 404, 403])
    expect(token).toMatch(/^mlp_/)
    expect(JSON.stringify(await get('tell'))).not.toContain(token)
  })

  it('is a file of the platform, the latest or a version of it; a restart runs the same, an update fetches the latest [SVC-36]', async () => {
    await upload('scoring', { '__main__.py': serverScript('one'), 'notes.md': '' })
    await upload('one.py', { 'one.py': serverScript('a script') })
    const [latest, script] = await Promise.all([deploy({ code: { source: 'scoring' } }), deploy({ code: { source: 'one.py' } })]) // prettier-ignore
    expect(await ask(latest.ports[0]?.url ?? '')).toBe('one')
    expect([script.slug, await ask(script.ports[0]?.url ?? '')]).toEqual(['one', 'a script'])

    await upload('scoring', { '__main__.py': serverScript('two'), 'notes.md': '' })
    const pinned = await deploy({ code: { source: 'scoring@1' } })
    expect([pinned.slug, await ask(pinned.ports[0]?.url ?? '')]).toEqual(['scoring-2', 'one'])
    await mara.api.services.restart(of('scoring'))
    await becomes('scoring', 'running')
    expect(await ask(latest.ports[0]?.url ?? '')).toBe('one')
    await mara.api.services.update(of('scoring'))
    await becomes('scoring', 'running')
    expect(await ask(latest.ports[0]?.url ?? '')).toBe('two')

    await mara.api.services.create({ params: { project }, body: { code: { source: 'nobody@3' }, slug: 'nobody' } })
    const { state } = await becomes('nobody', 'failed')
    expect(state.reason).toMatchObject({ code: 'setup', detail: expect.stringContaining('There is no file nobody with a version 3 in the data of project wine') }) // prettier-ignore
    expect(state.steps.find(({ status }) => status === 'failed')?.name).toBe('fetch')
  })

  it('is not started when what it needs cannot be installed, and says why at once [SVC-37]', async () => {
    const files = { '__main__.py': serverScript('never'), 'setup.sh': 'echo "the disk is too small for it"; exit 1' }
    await upload('broken', files)
    await mara.api.services.create({ params: { project }, body: { code: { source: 'broken' } } })
    const { state } = await becomes('broken', 'failed')
    expect(state.reason).toMatchObject({ code: 'setup', detail: 'setup.sh failed: the disk is too small for it', exitCode: 78 }) // prettier-ignore
    expect(state.steps.map(({ status }) => status)).toEqual([
      'done',
      'done',
      'done',
      'done',
      'done',
      'failed',
      'waiting',
    ])
    expect((await logOf('broken')).match(/==> fetch/g)).toHaveLength(1)
  })

  it('may be said as an image with EXECUTE_CODE, on a port of its own [SVC-29, SVC-31, SVC-35]', async () => {
    const mounted = path.join(folder, 'mounted')
    await writeTree(mounted, { '__main__.py': serverScript('mounted', '("0.0.0.0", 9000)') })
    const body = { image: 'mllab/workspace', slug: 'said', env: { EXECUTE_CODE: mounted, PORT: '9000' } }
    const found = await deploy(body)
    expect(found).toMatchObject({ code: { source: mounted, port: 9000 }, env: {} })
    expect(await ask(found.ports[0]?.url ?? '')).toBe('mounted')
    const create = (given: Body) => problemCode(mara.api.services.create({ params: { project }, body: given }))
    await expect(create({ ...body, env: { EXECUTE_CODE: 'x', PORT: 'http' } })).resolves.toBe('INVALID_INPUT')
    await expect(create({ code: { source: 'git+https://mara:secret@host/x' } })).resolves.toBe('INVALID_INPUT')
    await expect(create({ code: { source: 'git+https://ghp_token@host/x' } })).resolves.toBe('INVALID_INPUT')
    await expect(create({ code: { source: 'x' }, model: { name: 'x' } })).resolves.toBe('INVALID_INPUT')
  })

  it('deploys the example with FastAPI from its folder, and is operated: variables changed, restarted, deleted [SVC-26, SVC-42]', async () => {
    const example = fileURLToPath(new URL('../../../../../examples/fastapi-service', import.meta.url))
    const names = ['__main__.py', 'requirements.txt']
    await upload('greeter', Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(path.join(example, name), 'utf8')])))) // prettier-ignore
    const found = await deploy({ code: { source: 'greeter', health: '/health' } })
    const greet = async () => JSON.parse(await ask(`${found.ports[0]?.url}greet`, '{"name":"Mara"}')) as unknown
    expect(await greet()).toEqual({ text: 'Hello Mara', count: 1 })
    expect(await logOf('greeter')).toMatch(/"POST \/greet HTTP\/1\.1" 200 OK/)

    const change = { env: { GREETING: 'Good morning,' }, memoryGb: 1 }
    const changed = await mara.api.services.change({ ...of('greeter'), body: change })
    expect(changed).toMatchObject({
      env: {},
      memoryGb: null,
      pending: { memoryGb: 1, changed: ['memoryGb', 'env.GREETING'] },
    })
    expect(await greet()).toEqual({ text: 'Hello Mara', count: 2 })
    await mara.api.services.restart(of('greeter'))
    expect(await becomes('greeter', 'running')).toMatchObject({
      pending: null,
      env: { GREETING: '********' },
      memoryGb: 1,
    })
    // What it keeps in its folder for data is still there.
    expect(await greet()).toEqual({ text: 'Good morning, Mara', count: 3 })
    await mara.api.services.change({ ...of('greeter'), body: { env: { GREETING: null }, code: { health: null } } })
    expect((await mara.api.services.discardChanges(of('greeter'))).pending).toBeNull()
    await expect(problemCode(mara.api.services.change({ ...of('greeter'), body: { image: 'mllab/python' } }))).resolves.toBe('IMAGE_WITHOUT_PORT') // prettier-ignore
    await mara.api.services.remove(of('greeter'))
    await expect(problemCode(get('greeter'))).resolves.toBe('NOT_FOUND')
  })
})
