import { problemCode } from '@mllab/testkit/problem'
import { createPostgresDatabase, dropPostgresDatabase } from '@mllab/testkit/postgres'
import { SHELL, writeShellImages } from '@mllab/testkit/shell-image'
import { startTestServer, TEST_PASSWORD, type TestServer } from '@mllab/testkit/server'
import { testFolder } from '@mllab/testkit/folder'
import { mkdtemp } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

describe.each(['sqlite', 'postgres'] as const)('deleting an account (%s)', (dialect) => {
  let server: TestServer
  let uri: string | undefined
  beforeAll(async () => {
    uri = dialect === 'postgres' ? await createPostgresDatabase({ empty: true }) : undefined
    server = await startTestServer({
      env: {
        LAB_IMAGES_ROOT: await writeShellImages(await mkdtemp(path.join(testFolder(), 'removal-'))),
        ...(uri ? { POSTGRES_CONNECTION_URI: uri } : {}),
      },
    })
  })
  afterAll(async () => {
    await server.close()
    if (uri) await dropPostgresDatabase(uri)
  })

  it('takes sessions, tokens, own secrets, workspaces and the personal project with it, and leaves what others have', async () => {
    const [ann, ben] = [await server.person('ann'), await server.person('ben')]
    const { slug: project } = await ben.api.projects.create({ body: { name: 'Shared' } })
    await ben.api.projects.setMember({ params: { project, username: 'ann' }, body: { role: 'editor' } })
    await ann.api.secrets.putMine({ params: { name: 'TOKEN' }, body: { value: 'hers' } })
    await ben.api.secrets.putMine({ params: { name: 'TOKEN' }, body: { value: 'his' } })
    await ann.api.workspaces.create({ params: { project }, body: { slug: 'hers', image: SHELL } })
    await ben.api.workspaces.create({ params: { project }, body: { slug: 'his', image: SHELL } })
    await ann.api.personal.openWorkspace({ body: { image: SHELL } })
    const remove = (id: string) => server.admin.api.accounts.removeUser({ params: { id } })
    expect(await problemCode(remove(ben.id))).toBe('LAST_OWNER')
    expect(await problemCode(remove(server.admin.id))).toBe('CONFLICT')
    expect(await problemCode(ben.api.accounts.removeUser({ params: { id: ann.id } }))).toBe('FORBIDDEN')
    await remove(ann.id)
    expect(await problemCode(ann.api.accounts.me({}))).toBe('NOT_SIGNED_IN')
    await expect(server.login('ann', TEST_PASSWORD)).rejects.toThrow('failed')
    expect(await problemCode(remove(ann.id))).toBe('NOT_FOUND')
    const left = async () => {
      const { items } = await server.admin.api.workspaceAdministration.list({ query: {} })
      return items.map(({ slug }) => slug)
    }
    await vi.waitFor(async () => expect(await left()).toEqual(['his']), { timeout: 20_000 })
    await vi.waitFor(async () => expect(await server.platform.running()).toHaveLength(1), { timeout: 20_000 })
    expect((await ben.api.secrets.mine({})).items.map(({ name }) => name)).toEqual(['TOKEN'])
    expect(
      (await ben.api.projects.members({ params: { project } })).items.map(({ person }) => person.username),
    ).toEqual(['ben'])
    // The name is free, and who has it now has nothing of hers.
    const again = await server.person('ann')
    expect((await again.api.secrets.mine({})).items).toEqual([])
    expect(await again.api.personal.workspace({})).toMatchObject({ project: null, workspace: null, owned: 0 })
    await ben.api.projects.remove({ params: { project } })
    await vi.waitFor(async () => expect(await server.platform.running()).toEqual([]), { timeout: 20_000 })
  })
})
