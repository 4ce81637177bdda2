import { newId } from '@mllab/kernel'
import { problemCode } from '@mllab/testkit/problem'
import { startWorkspaceRig, type WorkspaceRig } from '@mllab/testkit/workspace-rig'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

describe.each(['sqlite', 'postgres'] as const)('administrators and workspaces (%s)', (dialect) => {
  let rig: WorkspaceRig
  beforeAll(async () => void (rig = await startWorkspaceRig(dialect)))
  afterAll(() => rig.close())

  it('see those of all projects with their owners and days, and nothing of what is in them [WSP-22, PRJ-06]', async () => {
    await rig.make('first', { env: { PASSWORD: 'x' }, life: { daysToLive: 3 } })
    const { slug: other } = await rig.jonas.api.projects.create({ body: { name: 'Other' } })
    await rig.jonas.api.workspaces.create({
      params: { project: other },
      body: { slug: 'second', image: 'mllab/shell' },
    })
    const list = rig.server.admin.api.workspaceAdministration.list
    const first = await list({ query: { limit: 1 } })
    const rest = await list({ query: { limit: 1, cursor: first.next ?? '' } })
    expect(
      [first, rest].map(({ items }) => items.map(({ slug, project, owner }) => [slug, project, owner.username])),
    ).toEqual([[['second', other, 'jonas']], [['first', rig.project, 'mara']]])
    expect(rest.items[0]?.life.expiresAt).not.toBeNull()
    expect(JSON.stringify(rest)).not.toContain('PASSWORD')
    expect((await list({ query: { search: 'SEC' } })).items.map(({ slug }) => slug)).toEqual(['second'])
    await rig.jonas.api.projects.remove({ params: { project: other } })
  })

  it('stop one, and its owner reads who did; nobody else may', async () => {
    const { id } = await rig.make('stopped')
    const stop = (who: typeof rig.mara) => who.api.workspaceAdministration.stop({ params: { id } })
    expect(await problemCode(stop(rig.mara))).toBe('FORBIDDEN')
    expect(await problemCode(rig.server.anonymous.workspaceAdministration.list({ query: {} }))).toBe('NOT_SIGNED_IN')
    await Promise.all([stop(rig.server.admin), stop(rig.server.admin)])
    const { state } = await rig.becomes('stopped', (workspace) => expect(workspace.state.status).toBe('stopped'))
    expect(state.reason).toMatchObject({ code: 'administrator', detail: 'An administrator stopped it.' })
    expect(await problemCode(rig.server.admin.api.workspaceAdministration.stop({ params: { id: newId() } }))).toBe(
      'NOT_FOUND',
    )
  })
})
