import { problemCode } from '@mllab/testkit/problem'
import { runInside } from '@mllab/testkit/shell-image'
import type { TestPerson } from '@mllab/testkit/server'
import { startWorkspaceRig, type WorkspaceRig } from '@mllab/testkit/workspace-rig'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'

const PORT_SCRIPT = (port: number, text: string) =>
  `mkdir -p www && echo ${text} > www/index.html && cd www && setsid /usr/bin/python3 -m http.server ${port} --bind 127.0.0.1 >/dev/null 2>&1 &`

describe.each(['sqlite', 'postgres'] as const)('sharing workspaces (%s)', (dialect) => {
  let rig: WorkspaceRig
  let guest: TestPerson
  let nextPort = 42_000 + (process.pid % 2000) * 4 + (dialect === 'sqlite' ? 0 : 2)
  beforeAll(async () => {
    rig = await startWorkspaceRig(dialect)
    guest = await rig.server.person('guest')
    await rig.mara.api.projects.setMember({
      params: { project: rig.project, username: 'guest' },
      body: { role: 'viewer' },
    })
  })
  afterAll(() => rig.close())

  const at = (workspace: string) => ({ params: { project: rig.project, workspace } })
  const enters = (id: string, who: TestPerson) => runInside(rig.server, who, id, 'echo in')
  const share = (slug: string, more: { port?: string; hours?: number } = {}, username = 'guest') =>
    rig.mara.api.workspaceShares.add({ ...at(slug), body: { username, ...more } })
  const remove = (slug: string, id: string) =>
    rig.mara.api.workspaceShares.remove({ params: { project: rig.project, workspace: slug, id } })

  it('with a person lets him in until it is ended, which cuts what is open within half a second [WSP-30]', async () => {
    const { id } = await rig.make('shared')
    await rig.make('not-shared')
    expect(await enters(id, guest)).toBe(404)
    const { id: shareId, person } = await share('shared')
    expect(person?.username).toBe('guest')
    expect(await enters(id, guest)).toBe('in')
    expect(await enters(id, rig.jonas)).toBe(404)
    expect(await enters((await rig.get('not-shared')).id, guest)).toBe(404)
    expect((await rig.get('shared', guest)).can).toEqual(['open'])
    const mine = await guest.api.workspaceShares.withMe({})
    expect(mine.items).toMatchObject([{ id, project: rig.project, owner: { username: 'mara' }, status: 'running' }])

    const long = fetch(`${rig.server.url}/w/${id}/run`, {
      method: 'POST',
      headers: { authorization: `Bearer ${guest.token}` },
      body: 'sleep 20',
    })
    const cut = long.then(
      () => performance.now(),
      () => performance.now(),
    )
    await vi.waitFor(
      async () =>
        expect(await runInside(rig.server, rig.mara, id, 'pgrep -f "sleep 20" >/dev/null && echo yes')).toBe('yes'),
      { timeout: 5000 },
    )
    const ended = performance.now()
    await remove('shared', shareId)
    expect((await cut) - ended).toBeLessThan(500)
    expect(await enters(id, guest)).toBe(404)
    expect((await guest.api.workspaceShares.withMe({})).items).toEqual([])
  })

  it('ends by itself when its time is over', async () => {
    const { id } = await rig.make('timed')
    await share('timed', { hours: 1.5 / 3600 })
    expect(await enters(id, guest)).toBe('in')
    const socket = new WebSocket(`${rig.server.url.replace('http', 'ws')}/w/${id}/x`, {
      headers: { authorization: `Bearer ${guest.token}` },
    })
    socket.on('error', () => undefined)
    await vi.waitFor(async () => expect(await enters(id, guest)).toBe(404), { timeout: 5000, interval: 100 })
    socket.terminate()
    await share('timed', { hours: 1 })
    expect(await enters(id, guest)).toBe('in')
  })

  it('by a link lets members in who have it, for a time, and is withdrawn with all who came by it', async () => {
    const { id } = await rig.make('linked')
    const link = await rig.mara.api.workspaceShares.addLink({ ...at('linked'), body: { hours: 2 } })
    expect(link.url).toContain(`#${link.secret}`)
    const body = { secret: link.secret }
    expect(await rig.server.anonymous.workspaceShares.look({ body })).toMatchObject({
      workspace: 'linked',
      owner: 'mara',
    })
    expect(await problemCode(rig.server.anonymous.workspaceShares.accept({ body }))).toBe('NOT_SIGNED_IN')
    const stranger = await rig.server.person(`stranger-${dialect}`)
    expect(await problemCode(stranger.api.workspaceShares.accept({ body }))).toBe('FORBIDDEN')
    await Promise.all([guest.api.workspaceShares.accept({ body }), guest.api.workspaceShares.accept({ body })])
    expect(await enters(id, guest)).toBe('in')
    const { items } = await rig.mara.api.workspaceShares.list(at('linked'))
    expect(items.map(({ kind, person, link: by }) => [kind, person?.username, by])).toEqual([
      ['link', undefined, null],
      ['person', 'guest', link.id],
    ])
    expect(JSON.stringify(items)).not.toContain(link.secret)
    await remove('linked', link.id)
    expect(await enters(id, guest)).toBe(404)
    expect(await problemCode(guest.api.workspaceShares.accept({ body }))).toBe('LINK_EXPIRED')
    const events = (await rig.mara.api.events.list({ params: { project: rig.project }, query: {} })).items
    expect(events.filter(({ subject }) => subject.id === id).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['workspace.link-made', 'workspace.link-used', 'workspace.unshared']),
    )
  })

  it('says to whom is let in already what holds, and not what a link would have given', async () => {
    await rig.make('twice')
    const { expiresAt } = await share('twice', { hours: 1 })
    const { secret } = await rig.mara.api.workspaceShares.addLink({ ...at('twice'), body: { hours: 48 } })
    expect((await guest.api.workspaceShares.accept({ body: { secret } })).expiresAt).toBe(expiresAt)
  })

  it('a link that is withdrawn while it is used lets nobody in', async () => {
    await rig.make('raced')
    for (let round = 0; round < 20; round += 1) {
      const { id, secret } = await rig.mara.api.workspaceShares.addLink({ ...at('raced'), body: { hours: 1 } })
      await Promise.allSettled([guest.api.workspaceShares.accept({ body: { secret } }), remove('raced', id)])
      expect((await rig.mara.api.workspaceShares.list(at('raced'))).items).toEqual([])
    }
  })

  it('is for the owner alone, with members of the project', async () => {
    await rig.make('guarded')
    const outsider = await rig.server.person(`outsider-${dialect}`)
    expect(await problemCode(share('guarded', {}, outsider.username))).toBe('FORBIDDEN')
    expect(await problemCode(share('guarded', {}, 'nobody'))).toBe('NOT_FOUND')
    expect(await problemCode(rig.jonas.api.workspaceShares.list(at('guarded')))).toBe('FORBIDDEN')
    expect(await problemCode(outsider.api.workspaceShares.list(at('guarded')))).toBe('NOT_FOUND')
    expect(await problemCode(rig.server.anonymous.workspaceShares.list(at('guarded')))).toBe('NOT_SIGNED_IN')
    const results = await Promise.allSettled([share('guarded'), share('guarded')])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('ends for whom the project does not have any more', async () => {
    const { id } = await rig.make('leaving')
    const leaver = await rig.server.person(`leaver-${dialect}`)
    const member = { project: rig.project, username: leaver.username }
    await rig.mara.api.projects.setMember({ params: member, body: { role: 'viewer' } })
    await share('leaving', {}, leaver.username)
    expect(await enters(id, leaver)).toBe('in')
    await rig.mara.api.projects.removeMember({ params: member })
    expect(await enters(id, leaver)).toBe(404)
  })

  it('lets people in to one named port, where a program of the workspace listens, and to nothing else', async () => {
    const { id } = await rig.make('ports')
    const port = nextPort++
    const opened = await rig.mara.api.workspaces.openPort({
      params: { ...at('ports').params, name: 'dash' },
      body: { port },
    })
    expect(opened).toMatchObject({ name: 'dash', port, listening: false })
    const get = (who: TestPerson | undefined) =>
      fetch(`${rig.server.url}/w/${id}-dash/`, { headers: who ? { authorization: `Bearer ${who.token}` } : {} })
    expect((await get(rig.mara)).status).toBe(503)
    await runInside(rig.server, rig.mara, id, PORT_SCRIPT(port, 'hello'))
    await rig.becomes('ports', ({ ports }) => expect(ports).toMatchObject([{ name: 'dash', listening: true }]))
    expect((await (await get(rig.mara)).text()).trim()).toBe('hello')
    expect([(await get(guest)).status, (await get(undefined)).status]).toEqual([404, 401])
    await share('ports', { port: 'dash' })
    expect((await get(guest)).status).toBe(200)
    expect(await enters(id, guest)).toBe(404)

    const params = { ...at('ports').params, name: 'dash' }
    expect(await problemCode(rig.jonas.api.workspaces.closePort({ params }))).toBe('FORBIDDEN')
    await rig.mara.api.workspaces.closePort({ params })
    expect((await get(rig.mara)).status).toBe(404)
    expect(await problemCode(rig.mara.api.workspaces.closePort({ params }))).toBe('NOT_FOUND')
    expect((await guest.api.workspaceShares.withMe({})).items.filter((item) => item.id === id)).toEqual([])
  })

  it('reaches no program of another workspace, though it listens on the same machine', async () => {
    const other = await rig.make('neighbour')
    const port = nextPort++
    await runInside(rig.server, rig.mara, other.id, PORT_SCRIPT(port, 'foreign'))
    const { id } = await rig.make('curious')
    await rig.mara.api.workspaces.openPort({ params: { ...at('curious').params, name: 'theirs' }, body: { port } })
    await rig.mara.api.workspaces.openPort({ params: { ...at('neighbour').params, name: 'own' }, body: { port } })
    await rig.becomes('neighbour', ({ ports }) => expect(ports).toMatchObject([{ listening: true }]))
    expect((await rig.get('curious')).ports).toMatchObject([{ listening: false }])
    expect(
      (await fetch(`${rig.server.url}/w/${id}-theirs/`, { headers: { authorization: `Bearer ${rig.mara.token}` } }))
        .status,
    ).toBe(503)
  })
})
