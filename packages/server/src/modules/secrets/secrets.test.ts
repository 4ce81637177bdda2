import { mkdtemp, readdir, rm } from 'node:fs/promises'
import path from 'node:path'

import { newId } from '@mllab/kernel'
import { testFolder } from '@mllab/testkit/folder'
import { createPostgresDatabase, dropPostgresDatabase } from '@mllab/testkit/postgres'
import { problemCode } from '@mllab/testkit/problem'
import { startTestServer, type TestPerson, type TestServer } from '@mllab/testkit/server'
import { runInside, SHELL, writeShellImages } from '@mllab/testkit/shell-image'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

const project = 'vault'
const params = { project }

describe.each(['sqlite', 'postgres'] as const)('secrets (%s)', (dialect) => {
  let server: TestServer
  let mara: TestPerson
  let jonas: TestPerson
  let folder: string
  let uri: string | undefined

  beforeAll(async () => {
    folder = await mkdtemp(path.join(testFolder(), 'secrets-'))
    uri = dialect === 'postgres' ? await createPostgresDatabase({ empty: true }) : undefined
    server = await startTestServer({
      env: {
        LAB_IMAGES_ROOT: await writeShellImages(path.join(folder, 'images')),
        ...(uri ? { POSTGRES_CONNECTION_URI: uri } : {}),
      },
    })
    mara = await server.person('mara')
    jonas = await server.person('jonas')
    await mara.api.projects.create({ body: { name: 'Vault' } })
    await mara.api.projects.setMember({ params: { project, username: 'jonas' }, body: { role: 'editor' } })
  })
  afterAll(async () => {
    for (const { slug } of (await mara.api.workspaces.list({ params, query: {} })).items)
      await mara.api.workspaces.remove({ params: { project, workspace: slug } })
    await vi.waitFor(async () => expect(await server.platform.running()).toEqual([]), { timeout: 20_000 })
    await server.close()
    await rm(folder, { recursive: true, force: true })
    if (uri) await dropPostgresDatabase(uri)
  })

  const put = (name: string, value: string, who = mara) =>
    who.api.secrets.put({ params: { project, name }, body: { value } })
  const workspace = (slug: string, who = mara) => who.api.workspaces.get({ params: { project, workspace: slug } })
  const runs = (slug: string, who = mara) =>
    vi.waitFor(
      async () => {
        const { id, state } = await workspace(slug, who)
        expect([state.status, state.reason]).toEqual(['running', null])
        return id
      },
      { timeout: 20_000, interval: 50 },
    )
  const restart = async (slug: string) => {
    await mara.api.workspaces.stop({ params: { project, workspace: slug } })
    await vi.waitFor(async () => expect((await workspace(slug)).state.status).toBe('stopped'), { timeout: 20_000 })
    await mara.api.workspaces.start({ params: { project, workspace: slug } })
    return runs(slug)
  }

  it('are written and listed by name, and their values never come back', async () => {
    const made = await put('API_KEY', 'first value')
    expect(made).toMatchObject({ name: 'API_KEY', value: '********', version: 1, lastUsedAt: null })
    const { items } = await mara.api.secrets.list({ params })
    expect(items.map(({ name, updatedBy }) => [name, updatedBy?.username])).toEqual([['API_KEY', 'mara']])
    const events = JSON.stringify(await mara.api.events.list({ params, query: {} }))
    expect(events).toContain('secret.created')
    for (const text of [JSON.stringify(items), events, JSON.stringify(server.log)])
      expect(text).not.toContain('first value')
    await mara.api.secrets.remove({ params: { project, name: 'API_KEY' } })
    await expect(problemCode(mara.api.secrets.remove({ params: { project, name: 'API_KEY' } }))).resolves.toBe(
      'NOT_FOUND',
    )
  })

  it('are there for editors; strangers get 404 and those without a login 401', async () => {
    await put('SHARED', 'x', jonas)
    const stranger = await server.person('stranger')
    const viewer = await server.person('viewer')
    await mara.api.projects.setMember({ params: { project, username: 'viewer' }, body: { role: 'viewer' } })
    expect(await problemCode(stranger.api.secrets.list({ params }))).toBe('NOT_FOUND')
    expect(await problemCode(put('SHARED', 'y', stranger))).toBe('NOT_FOUND')
    expect(await problemCode(viewer.api.secrets.list({ params }))).toBe('FORBIDDEN')
    expect(await problemCode(server.anonymous.secrets.list({ params }))).toBe('NOT_SIGNED_IN')
    expect(await problemCode(server.anonymous.secrets.mine({}))).toBe('NOT_SIGNED_IN')
  })

  it('have one value and a version for each when many set them at once', async () => {
    await Promise.all(Array.from({ length: 4 }, (_, n) => put('RACE', `value ${n}`)))
    const { items } = await mara.api.secrets.list({ params })
    expect(items.filter(({ name }) => name === 'RACE')).toMatchObject([{ version: 4 }])
  })

  it('reach a workspace as variables and files, and a changed value waits for a restart', async () => {
    await put('DB_PASSWORD', 'old')
    await mara.api.secrets.putMine({ params: { name: 'GIT_TOKEN' }, body: { value: 'mine alone' } })
    await mara.api.workspaces.create({
      params,
      body: {
        slug: 'given',
        image: SHELL,
        secrets: [
          { name: 'DB_PASSWORD' },
          { name: 'DB_PASSWORD', file: 'password' },
          { name: 'GIT_TOKEN', from: 'user', env: 'TOKEN' },
        ],
      },
    })
    const id = await runs('given')
    const look = (at: string) => runInside(server, mara, at, 'echo "$DB_PASSWORD $(cat $LAB_SECRETS/password) $TOKEN"')
    expect(await look(id)).toBe('old old mine alone')
    const used = (await mara.api.secrets.list({ params })).items.find(({ name }) => name === 'DB_PASSWORD')
    expect(used?.lastUsedAt).not.toBeNull()

    expect((await workspace('given')).state.restartFor).toEqual([])
    await put('DB_PASSWORD', 'new')
    expect((await workspace('given')).state.restartFor).toEqual(['DB_PASSWORD'])
    expect(await look(id)).toBe('old old mine alone')
    expect(await look(await restart('given'))).toBe('new new mine alone')
    expect((await workspace('given')).state.restartFor).toEqual([])
  })

  it('leave no file behind when the workspace stops', async () => {
    await put('FILE', 'x')
    await mara.api.workspaces.create({
      params,
      body: { slug: 'stops', image: SHELL, secrets: [{ name: 'FILE', file: 'it' }] },
    })
    const id = await runs('stops')
    const volumes = () => readdir(path.join(server.dataRoot, 'runtime', 'volumes'))
    expect(await volumes()).toContain(`${id}-secrets`)
    await mara.api.workspaces.stop({ params: { project, workspace: 'stops' } })
    await vi.waitFor(async () => expect((await workspace('stops')).state.status).toBe('stopped'), { timeout: 20_000 })
    expect(await volumes()).not.toContain(`${id}-secrets`)
  })

  it('of a person reach nobody else, and nothing that is not a workspace', async () => {
    await mara.api.secrets.putMine({ params: { name: 'PRIVATE' }, body: { value: 'x' } })
    const asking = { slug: newId().slice(-12), image: SHELL, secrets: [{ name: 'PRIVATE', from: 'user' as const }] }
    expect(await problemCode(jonas.api.workspaces.create({ params, body: asking }))).toBe('SECRET_UNKNOWN')
    expect(await problemCode(mara.api.services.create({ params, body: asking }))).toBe('INVALID_INPUT')
    expect((await jonas.api.secrets.mine({})).items).toEqual([])
  })

  it('that are gone keep a start from beginning, with the reason', async () => {
    await put('GOING', 'x')
    await mara.api.workspaces.create({ params, body: { slug: 'lost', image: SHELL, secrets: [{ name: 'GOING' }] } })
    await runs('lost')
    await mara.api.secrets.remove({ params: { project, name: 'GOING' } })
    expect((await workspace('lost')).state.restartFor).toEqual(['GOING'])
    await mara.api.workspaces.stop({ params: { project, workspace: 'lost' } })
    await mara.api.workspaces.start({ params: { project, workspace: 'lost' } })
    await vi.waitFor(
      async () =>
        expect((await workspace('lost')).state).toMatchObject({ status: 'failed', reason: { code: 'volume' } }),
      { timeout: 20_000 },
    )
    expect((await workspace('lost')).state.reason?.detail).toBe('The project has no secret GOING.')
  })
})
