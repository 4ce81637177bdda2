import { problemCode, problemOf } from '@mllab/testkit/problem'
import { OTHER_SHELL, runInside, SHELL } from '@mllab/testkit/shell-image'
import { startWorkspaceRig, type WorkspaceRig } from '@mllab/testkit/workspace-rig'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

const TIMEOUT_MS = 20_000

describe.each(['sqlite', 'postgres'] as const)('who may have which workspaces (%s)', (dialect) => {
  let rig: WorkspaceRig
  beforeAll(
    async () =>
      void (rig = await startWorkspaceRig(dialect, {
        LAB_WORKSPACE_ENV: 'FOO=BAR,STAGE=all',
        LAB_WORKSPACE_CPUS: '0.5',
        SERVICES_CPU_LIMIT: '2',
        SERVICES_MEMORY_LIMIT: '1',
        LAB_WORKSPACE_IMAGES: 'mllab/sh*, example.org/team/*',
      })),
  )
  afterAll(() => rig.close())
  afterEach(() => rig.server.admin.api.workspaceRules.reset({}))

  type Person = typeof rig.mara
  const any = { kinds: 'named', most: 0 } as const
  const rules = (members: { kinds: 'named' | 'default' | 'none'; most: number }, handOut = true) =>
    rig.server.admin.api.workspaceRules.put({ body: { handOut, members, administrators: any } })
  const named = (who: Person, slug: string, project = rig.project) =>
    who.api.workspaces.create({ params: { project }, body: { slug, image: SHELL } })
  const open = (who: Person) => who.api.personal.openWorkspace({ body: { image: SHELL } })
  const handOut = (username: string, body: { name?: string; slug?: string } = {}) =>
    rig.server.admin.api.workspaceAdministration.create({ body: { username, image: SHELL, ...body } })
  const remove = (who: Person, project: string, workspace: string) =>
    who.api.workspaces.remove({ params: { project, workspace } })
  const mayCreate = async (who: Person, project: string) =>
    (await who.api.workspaces.list({ params: { project }, query: {} })).can
  const running = (who: Person, project: string, workspace: string) =>
    vi.waitFor(
      async () => {
        const { state } = await who.api.workspaces.get({ params: { project, workspace } })
        expect([state.status, state.reason]).toEqual(['running', null])
      },
      { timeout: TIMEOUT_MS, interval: 50 },
    )

  it('gives everybody a personal project and a default workspace at first need, once, however often it is asked for at once', async () => {
    const ann = await rig.server.person('ann')
    expect(await ann.api.personal.workspace({})).toEqual({ project: null, workspace: null, allowance: any, owned: 0 })
    const opened = await Promise.all([open(ann), open(ann), open(ann)])
    expect(new Set(opened.map(({ workspace }) => workspace.id)).size).toBe(1)
    const [{ project, workspace }] = opened
    expect(workspace).toMatchObject({ slug: 'default', owner: { username: 'ann' } })
    expect(await ann.api.personal.project({})).toMatchObject({ slug: project, personal: true, role: 'owner' })
    expect((await ann.api.projects.list({ query: {} })).items.map(({ slug }) => slug)).toEqual([project])
    expect(await ann.api.personal.workspace({})).toMatchObject({ project, workspace: { id: workspace.id }, owned: 1 })
    // Nobody else sees it.
    expect(await problemCode(rig.mara.api.projects.get({ params: { project } }))).toBe('NOT_FOUND')
    await running(ann, project, 'default')
    await ann.api.workspaces.stop({ params: { project, workspace: 'default' } })
    expect((await open(ann)).workspace).toMatchObject({ id: workspace.id, state: { status: 'starting' } })
    await remove(ann, project, 'default')
    expect((await open(ann)).workspace.id).not.toBe(workspace.id)
    await remove(ann, project, 'default')
  })

  it('lets ordinary users make additional ones only where the operator grants it, administrators always [PRJ-05, WSP-31, WSP-32]', async () => {
    await rules({ kinds: 'default', most: 0 })
    const refused = await problemOf(named(rig.mara, 'another'))
    expect(refused).toMatchObject({ status: 403, code: 'WORKSPACES_RESTRICTED' })
    expect(refused.detail).toBe('Everybody has one default workspace here, and makes no others.')
    expect(await mayCreate(rig.mara, rig.project)).toEqual([])
    const { project, workspace } = await open(rig.mara)
    expect(workspace.can).not.toContain('copy')
    const copy = rig.mara.api.workspaceSnapshots.copy({ params: { project, workspace: 'default' }, body: {} })
    expect(await problemCode(copy)).toBe('WORKSPACES_RESTRICTED')
    const { slug: ofAdmin } = await rig.server.admin.api.projects.create({ body: { name: 'Of the administrator' } })
    expect(await mayCreate(rig.server.admin, ofAdmin)).toEqual(['create'])
    expect(await named(rig.server.admin, 'another', ofAdmin)).toMatchObject({ slug: 'another' })
    await rig.server.admin.api.projects.remove({ params: { project: ofAdmin } })
    await rig.server.admin.api.workspaceRules.reset({})
    expect(await mayCreate(rig.mara, rig.project)).toEqual(['create'])
    await remove(rig.mara, project, 'default')
  })

  it('in three ways on one instance: handed out, self-service, or both [WSP-03]', async () => {
    await rules({ kinds: 'none', most: 0 })
    expect(await problemCode(open(rig.mara))).toBe('WORKSPACES_RESTRICTED')
    expect(await problemCode(named(rig.mara, 'own'))).toBe('WORKSPACES_RESTRICTED')
    const first = await handOut('mara')
    await rules({ kinds: 'named', most: 0 }, false)
    expect(await problemCode(handOut('mara'))).toBe('WORKSPACES_RESTRICTED')
    expect(await named(rig.mara, 'own')).toMatchObject({ slug: 'own' })
    await rules({ kinds: 'named', most: 0 })
    const second = await handOut('mara', { name: 'For the course' })
    expect([first.slug, second.slug, second.project]).toEqual(['default', 'for-the-course', first.project])
    await remove(rig.mara, rig.project, 'own')
    for (const slug of [first.slug, second.slug]) await remove(rig.mara, first.project, slug)
  })

  it('an administrator starts one for a person who never logged in and finds it at the first login [WSP-26]', async () => {
    await rules({ kinds: 'none', most: 0 })
    const { admin, login } = rig.server
    await admin.api.accounts.createUser({ body: { username: 'foo', password: 'a long enough phrase', name: 'Foo' } })
    const made = await handOut('foo')
    expect(made).toMatchObject({ slug: 'default', owner: { username: 'foo' }, can: ['stop'] })
    const { cookie } = await login('foo', 'a long enough phrase')
    const ask = async (path: string) =>
      (await fetch(`${rig.server.url}${path}`, { headers: { cookie, 'sec-fetch-site': 'same-origin' } })).json()
    await vi.waitFor(
      async () =>
        expect(await ask('/api/me/workspace')).toMatchObject({
          project: made.project,
          workspace: { id: made.id, state: { status: 'running' } },
        }),
      { timeout: TIMEOUT_MS },
    )
    // The person enters, the administrator does not.
    expect((await ask('/api/me/workspace')) as object).toMatchObject({
      workspace: { can: expect.arrayContaining(['open', 'start', 'share']) },
    })
    expect(await runInside(rig.server, admin, made.id, 'true')).toBe(404)
    const events = await ask(`/api/projects/${made.project}/events`)
    expect(events).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({
          type: 'workspace.created',
          actor: expect.objectContaining({ username: 'admin' }),
          payload: expect.objectContaining({ for: 'Foo' }),
        }),
      ]),
    })
    await admin.api.workspaceAdministration.stop({ params: { id: made.id } })
    await vi.waitFor(
      async () =>
        expect((await admin.api.workspaceAdministration.list({ query: { search: 'default' } })).items[0]).toMatchObject(
          { id: made.id, can: ['start'] },
        ),
      { timeout: TIMEOUT_MS },
    )
    expect((await admin.api.workspaceAdministration.start({ params: { id: made.id } })).id).toBe(made.id)
    expect(await problemCode(handOut('nobody'))).toBe('NOT_FOUND')
    expect(await problemCode(rig.mara.api.workspaceAdministration.create({ body: { username: 'foo' } }))).toBe(
      'FORBIDDEN',
    )
    await admin.api.workspaceAdministration.stop({ params: { id: made.id } })
  })

  it('somebody who registered makes named ones as soon as he is approved [WSP-33]', async () => {
    const { admin, url } = rig.server
    const origin = new URL(url).origin
    const registered = await fetch(`${url}/api/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ username: 'visitor', password: 'a long enough phrase' }),
    })
    const cookie = (registered.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const { id } = (await registered.json()) as { id: string } // checked against the contract
    const post = (path: string, body: object) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin, cookie },
        body: JSON.stringify(body),
      })
    const { slug } = (await (await post('/api/projects', { name: 'Visited' })).json()) as { slug: string } // as above
    const create = () => post(`/api/projects/${slug}/workspaces`, { slug: 'first', image: SHELL })
    expect(await (await create()).json()).toMatchObject({ code: 'APPROVAL_NEEDED', status: 403 })
    expect(await problemCode(handOut('visitor'))).toBe('APPROVAL_NEEDED')
    await admin.api.accounts.updateUser({ params: { id }, body: { status: 'active' } })
    expect((await create()).status).toBe(201)
    await fetch(`${url}/api/projects/${slug}`, { method: 'DELETE', headers: { origin, cookie } })
  })

  it('as many as the rules say, also when two are made at once', async () => {
    await rules({ kinds: 'named', most: 2 })
    await named(rig.jonas, 'one')
    const results = await Promise.allSettled(['two', 'three', 'four'].map((slug) => named(rig.jonas, slug)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const refused = await problemOf(named(rig.jonas, 'five'))
    expect(refused.detail).toBe('You may own 2 workspaces here, and you do. Delete one first.')
    // What is handed out is given, not taken.
    const handed = await handOut('jonas')
    await remove(rig.jonas, handed.project, handed.slug)
    const { items } = await rig.jonas.api.workspaces.list({ params: { project: rig.project }, query: { mine: 'true' } })
    for (const { slug } of items) await remove(rig.jonas, rig.project, slug)
    expect(await rig.jonas.api.personal.workspace({})).toMatchObject({ owned: 0 })
  })

  it('keeps the name of the default one in a personal project for the person', async () => {
    const { slug: project } = await rig.mara.api.personal.project({})
    await rig.mara.api.projects.setMember({ params: { project, username: 'jonas' }, body: { role: 'editor' } })
    expect(await problemCode(named(rig.jonas, 'default', project))).toBe('RESERVED_NAME')
    await rig.mara.api.projects.removeMember({ params: { project, username: 'jonas' } })
  })

  it('gives each of them the operator’s variables and processors, which a person may choose otherwise [WSP-13, WSP-47]', async () => {
    const { project, workspace } = await open(rig.mara)
    await running(rig.mara, project, 'default')
    expect(await runInside(rig.server, rig.mara, workspace.id, 'echo $FOO $STAGE')).toBe('BAR all')
    const hardware = await rig.mara.api.workspaces.hardware({ params: { project, workspace: 'default' } })
    expect(hardware.workspace).toMatchObject({
      cpuLimit: 0.5,
      memoryLimitBytes: 2 ** 30,
      filesLimitBytes: 100 * 2 ** 30,
    })
    const other = await rig.make('chosen', { env: { STAGE: 'mine' }, cpus: 1 })
    expect(await runInside(rig.server, rig.mara, other.id, 'echo $FOO $STAGE')).toBe('BAR mine')
    await remove(rig.mara, project, 'default')
    await remove(rig.mara, rig.project, 'chosen')
  })

  it('refuses more of the machine than the operator allows, naming the field', async () => {
    const create = (body: object) =>
      problemOf(rig.mara.api.workspaces.create({ params: { project: rig.project }, body: { image: SHELL, ...body } }))
    expect(await create({ cpus: 3 })).toMatchObject({
      code: 'INVALID_INPUT',
      detail: 'cpus: at most 2 here, as the operator of this instance says.',
      fields: [{ field: 'body.cpus' }],
    })
    await rig.make('limited')
    const change = { params: { project: rig.project, workspace: 'limited' }, body: { cpus: 3 } }
    expect((await problemOf(rig.mara.api.workspaces.change(change))).fields).toEqual([
      { field: 'body.cpus', message: 'at most 2 here' },
    ])
    await remove(rig.mara, rig.project, 'limited')
    expect((await create({ memoryGb: 2 })).fields).toEqual([{ field: 'body.memoryGb', message: 'at most 1 GB here' }])
  })

  it('starts images the operator allows and refuses others with the reason [WSP-37]', async () => {
    const refused = await problemOf(
      rig.mara.api.workspaces.create({ params: { project: rig.project }, body: { image: OTHER_SHELL } }),
    )
    expect(refused).toMatchObject({ status: 403, code: 'IMAGE_FORBIDDEN', fields: [{ field: 'body.image' }] })
    expect(refused.detail).toBe(
      `${OTHER_SHELL} is not among the images allowed for workspaces here: mllab/sh*, example.org/team/*.`,
    )
    await rig.make('allowed', { image: SHELL })
    const change = { params: { project: rig.project, workspace: 'allowed' }, body: { image: OTHER_SHELL } }
    expect(await problemCode(rig.mara.api.workspaces.change(change))).toBe('IMAGE_FORBIDDEN')
    await remove(rig.mara, rig.project, 'allowed')
    // An administrator has chosen it for everybody.
    await rig.server.admin.api.workspaceProfiles.put({
      params: { profile: 'other' },
      body: { name: 'Other', image: OTHER_SHELL },
    })
    await rig.make('by-profile', { profile: 'other' })
    await remove(rig.mara, rig.project, 'by-profile')
    await rig.server.admin.api.workspaceProfiles.remove({ params: { profile: 'other' } })
  })
})
