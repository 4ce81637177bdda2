import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'

import type { Workspace } from '@mllab/contract'
import { expect, vi } from 'vitest'

import { testFolder } from './folder.ts'
import { createPostgresDatabase, dropPostgresDatabase } from './postgres.ts'
import { startTestServer, type TestPerson, type TestServer } from './server.ts'
import { SHELL, writeShellImages } from './shell-image.ts'

const TIMEOUT_MS = 20_000

/** A server whose workspaces start in a moment, a project, and what waits for workspaces in it. */
export interface WorkspaceRig {
  readonly server: TestServer
  readonly project: string
  /** Owner of the project. */
  readonly mara: TestPerson
  /** An editor. */
  readonly jonas: TestPerson
  get(slug: string, who?: TestPerson): Promise<Workspace>
  /** Resolves when it holds. */
  becomes(slug: string, check: (workspace: Workspace) => void): Promise<Workspace>
  /** Makes one of the shell image and waits until it runs. */
  make(
    slug: string,
    body?: Partial<Parameters<TestPerson['api']['workspaces']['create']>[0]['body']>,
    who?: TestPerson,
  ): Promise<Workspace>
  stop(slug: string): Promise<void>
  start(slug: string): Promise<Workspace>
  close(): Promise<void>
}

export async function startWorkspaceRig(
  dialect: 'sqlite' | 'postgres',
  env: Readonly<Record<string, string>> = {},
): Promise<WorkspaceRig> {
  const folder = await mkdtemp(path.join(testFolder(), 'workspaces-'))
  const uri = dialect === 'postgres' ? await createPostgresDatabase({ empty: true }) : undefined
  const server = await startTestServer({
    env: {
      LAB_IMAGES_ROOT: await writeShellImages(path.join(folder, 'images')),
      ...(uri ? { POSTGRES_CONNECTION_URI: uri } : {}),
      ...env,
    },
  })
  const mara = await server.person('mara')
  const jonas = await server.person('jonas')
  const { slug: project } = await mara.api.projects.create({ body: { name: 'Notebooks' } })
  await mara.api.projects.setMember({ params: { project, username: 'jonas' }, body: { role: 'editor' } })
  const at = (workspace: string) => ({ params: { project, workspace } })

  const get: WorkspaceRig['get'] = (slug, who = mara) => who.api.workspaces.get(at(slug))
  const becomes: WorkspaceRig['becomes'] = (slug, check) =>
    vi.waitFor(
      async () => {
        const workspace = await get(slug)
        check(workspace)
        return workspace
      },
      { timeout: TIMEOUT_MS, interval: 50 },
    )
  const runs = (slug: string) =>
    becomes(slug, ({ state }) => expect([state.status, state.reason]).toEqual(['running', null]))

  return {
    server,
    project,
    mara,
    jonas,
    get,
    becomes,
    make: async (slug, body = {}, who = mara) => {
      await who.api.workspaces.create({
        params: { project },
        body: { slug, ...(body.profile === undefined ? { image: SHELL } : {}), ...body },
      })
      return runs(slug)
    },
    stop: async (slug) => {
      await mara.api.workspaces.stop(at(slug))
      await becomes(slug, ({ state }) => expect(state.status).toBe('stopped'))
    },
    start: async (slug) => {
      await mara.api.workspaces.start(at(slug))
      return runs(slug)
    },
    close: async () => {
      await mara.api.projects.remove({ params: { project } })
      await vi.waitFor(async () => expect(await server.platform.running()).toEqual([]), { timeout: TIMEOUT_MS })
      await server.close()
      await rm(folder, { recursive: true, force: true })
      if (uri) await dropPostgresDatabase(uri)
    },
  }
}
