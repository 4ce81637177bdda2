import { runInside, SHELL, writeShellImages } from '@mllab/testkit/shell-image'
import { startTestServer, type TestPerson, type TestServer } from '@mllab/testkit/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { ask, openSocket } from './testing/browse.ts'
import { TALKER, talkerImages } from './testing/talker.ts'

const TIMEOUT_MS = 20_000
const browser = {
  accept: 'text/html',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
}

let server: TestServer
let mara: TestPerson

beforeAll(async () => {
  server = await startTestServer({ env: { LAB_IMAGES_ROOT: await writeShellImages(await talkerImages()) } })
  mara = await server.person('mara')
}, 60_000)
afterAll(async () => {
  await mara.api.projects.remove({ params: { project: 'mara' } })
  await vi.waitFor(async () => expect(await server.platform.running()).toEqual([]), { timeout: TIMEOUT_MS })
  await server.close()
})

/** A running workspace in the personal project, and where browsers see it. */
async function start(person: TestPerson, slug: string, image = SHELL) {
  const { slug: project } = await person.api.personal.project({})
  const at = { params: { project, workspace: slug } }
  const { id, url } = await person.api.workspaces.create({ params: { project }, body: { slug, image } })
  await vi.waitFor(
    async () => expect((await person.api.workspaces.get(at)).state).toMatchObject({ status: 'running', reason: null }),
    { timeout: TIMEOUT_MS, interval: 50 },
  )
  const label = new URL(url, server.url).searchParams.get('app') ?? ''
  return { id, at, url, host: `${label}.localhost:${new URL(server.url).port}` }
}

const asked = (host: string, path: string, headers: Record<string, string> = {}) =>
  ask(`http://127.0.0.1:${new URL(server.url).port}${path}`, { host, headers: { ...browser, ...headers } })

describe('a link with the token of a workspace', () => {
  it('opens that workspace, disappears from the address and leaves the login of another user alone [WSP-29]', async () => {
    const main = new URL(server.url).host
    const jonas = await server.person('jonas')
    const one = await start(mara, 'one')
    const token = String(await runInside(server, mara, one.id, 'echo $LAB_API_TOKEN'))
    expect(token).toMatch(/^mlp_/)
    const first = await asked(main, `/w/${one.id}/tree?x=1&lab_token=${token}`, { cookie: jonas.cookie })
    const target = new URL(first.headers.location ?? '')
    expect([first.status, first.headers['set-cookie'], target.host]).toEqual([303, undefined, one.host])
    const second = await asked(one.host, target.pathname + target.search)
    expect([second.status, second.headers.location]).toEqual([303, `/w/${one.id}/tree?x=1`])
    expect(second.headers['referrer-policy']).toBe('no-referrer')
    const [cookie = ''] = second.headers['set-cookie'] ?? []
    expect(cookie).toMatch(/^__Host-lab-app-\d+=[^;]+; Path=\/; HttpOnly/)
    expect(cookie).not.toContain(token)
    const app = { cookie: cookie.split(';')[0] ?? '' }
    expect(await asked(one.host, `/w/${one.id}/tree?x=1`, app)).toMatchObject({ status: 200, body: 'ready' })
    const me = await ask(`${server.url}/api/me`, { headers: { cookie: jonas.cookie, 'sec-fetch-site': 'same-origin' } })
    expect(JSON.parse(me.body)).toMatchObject({ username: 'jonas' })
    expect(JSON.stringify(server.log)).not.toMatch(/mlp_|lab_token/)
    // It ends with what it was given to.
    await mara.api.workspaces.stop(one.at)
    await vi.waitFor(async () => expect((await asked(one.host, `/w/${one.id}/tree`, app)).status).toBe(303), {
      timeout: TIMEOUT_MS,
    })
    expect((await asked(one.host, `/w/${one.id}/?lab_token=${token}`)).status).toBe(401)
  })

  it('opens no other workspace of the same user [WSP-30]', async () => {
    const [one, other] = [await start(mara, 'mine'), await start(mara, 'too')]
    const token = String(await runInside(server, mara, one.id, 'echo $LAB_API_TOKEN'))
    const enter = (id: string) => runInside(server, { ...mara, token }, id, 'echo in')
    expect([await enter(one.id), await enter(other.id)]).toEqual(['in', 404])
    const traded = await asked(other.host, `/w/${other.id}/?lab_token=${token}`)
    expect([traded.status, traded.headers['set-cookie']]).toEqual([401, undefined])
    const [cookie = ''] = (await asked(one.host, `/w/${one.id}/?lab_token=${token}`)).headers['set-cookie'] ?? []
    const there = await asked(other.host, `/w/${other.id}/`, { cookie: cookie.split(';')[0] ?? '' })
    expect([there.status, there.headers.location]).toEqual([303, expect.stringContaining('/apps/open?app=')])
  })
})

it('one address serves the login page, the pages of workspaces and their websockets [WSP-45]', async () => {
  const { host, port } = new URL(server.url)
  const talker = await start(mara, 'talker', TALKER)
  const header = { authorization: `Bearer ${mara.token}` }
  expect((await asked(host, `/w/${talker.id}/tree`)).status).toBe(401)
  const login = await asked(host, talker.url)
  expect([login.status, login.headers.location?.split('?')[0]]).toEqual([303, '/app/login'])
  const page = await ask(`${server.url}/w/${talker.id}/tree`, { headers: header })
  expect(JSON.parse(page.body)).toMatchObject({ url: `/w/${talker.id}/tree` })
  const socket = await openSocket(`${server.url}/w/${talker.id}/echo`, { headers: header })
  socket.destroy()
  const wall = await ask(`http://127.0.0.1:${port}/w/${talker.id}/tree`, { host: talker.host, headers: header })
  expect(wall.status).toBe(200)
})

it('ten people run ten at once, and each reaches only the own one [WSP-01]', async () => {
  const people = await Promise.all(Array.from({ length: 10 }, (_, n) => server.person(`person-${n}`)))
  const theirs = await Promise.all(people.map((person) => start(person, 'default')))
  const reached = await Promise.all(
    people.map((person) => Promise.all(theirs.map(({ id }) => runInside(server, person, id, 'cat own || echo mine')))),
  )
  expect(reached).toEqual(
    people.map((_, row) => theirs.map((_one, column) => (row === column ? expect.stringContaining('mine') : 404))),
  )
  // Their files are apart as well.
  for (const [n, person] of people.entries())
    await runInside(server, person, theirs[n]?.id ?? '', `echo ${person.username} > own`)
  for (const [n, person] of people.entries())
    expect(await runInside(server, person, theirs[n]?.id ?? '', 'cat own')).toBe(person.username)
  for (const person of people) {
    const { slug } = await person.api.personal.project({})
    await person.api.projects.remove({ params: { project: slug } })
  }
})
