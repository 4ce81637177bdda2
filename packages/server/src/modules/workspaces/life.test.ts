import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { delay } from '@mllab/kernel'
import { problemCode } from '@mllab/testkit/problem'
import { runInside } from '@mllab/testkit/shell-image'
import { startWorkspaceRig, type WorkspaceRig } from '@mllab/testkit/workspace-rig'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

/** A second or two, in the units of the API. */
const SUSPEND_SOON = 0.02
const STOP_SOON = 0.0006
const EXPIRE_SOON = 0.00003

describe.each(['sqlite', 'postgres'] as const)('the life of workspaces (%s)', (dialect) => {
  let rig: WorkspaceRig
  beforeAll(async () => {
    rig = await startWorkspaceRig(dialect, { LAB_WORKSPACE_SUSPEND_MINUTES: '0', LAB_WORKSPACE_STOP_HOURS: '0' })
  })
  afterAll(() => rig.close())

  const inside = (id: string, script: string) => runInside(rig.server, rig.mara, id, script)
  const at = (workspace: string) => ({ params: { project: rig.project, workspace } })
  const eventsOf = async (id: string) =>
    (await rig.mara.api.events.list({ params: { project: rig.project }, query: {} })).items
      .filter(({ subject }) => subject.id === id)
      .map(({ type }) => type)

  it('suspends one that nobody uses, says when, and lets it go on with the next request', async () => {
    const { id, life } = await rig.make('sleepy', { life: { suspendAfterMinutes: SUSPEND_SOON } })
    expect(Date.parse(life.suspendsAt ?? '')).toBeGreaterThan(Date.now() - 5000)
    const suspended = await rig.becomes('sleepy', (now) => expect(now.life.suspendedAt).not.toBeNull())
    expect([suspended.state.status, suspended.life.suspendsAt]).toEqual(['running', null])
    expect(await inside(id, 'echo awake')).toBe('awake')
    await rig.becomes('sleepy', (now) => expect(now.life.suspendedAt).toBeNull())
    expect(await eventsOf(id)).toEqual(expect.arrayContaining(['workspace.suspended', 'workspace.resumed']))
  })

  it('leaves one alone in which a kernel works, and says so', async () => {
    const { id } = await rig.make('working', { life: { suspendAfterMinutes: SUSPEND_SOON } })
    const kernels = (state: string) =>
      inside(
        id,
        `mkdir -p answers; echo '[{"execution_state": "${state}"}]' > answers/kernels; echo '[]' > answers/terminals`,
      )
    await kernels('busy')
    await rig.becomes('working', (now) => expect(now.life.busy).toContain('a cell is running'))
    const before = (await rig.get('working')).life.suspendsAt ?? ''
    await rig.becomes('working', ({ life }) => expect((life.suspendsAt ?? '') > before).toBe(true))
    expect((await rig.get('working')).life.suspendedAt).toBeNull()
    await kernels('idle')
    await rig.becomes('working', (now) => expect(now.life.suspendedAt).not.toBeNull())
  })

  it('leaves one alone that somebody looks at, though he asks for nothing new', async () => {
    const { id } = await rig.make('watched', { life: { suspendAfterMinutes: SUSPEND_SOON } })
    const looking = inside(id, 'sleep 4')
    await rig.becomes('watched', (now) => expect(now.life.busy).toContain('somebody has it open'))
    await looking
    await rig.becomes('watched', (now) => expect(now.life.suspendedAt).not.toBeNull())
  })

  it('stays suspended while a forgotten page of Jupyter asks for news and gets it; whoever does something wakes it', async () => {
    const { id } = await rig.make('forgotten')
    await inside(
      id,
      `mkdir -p answers; for name in kernels terminals; do echo '[]' > answers/$name; done
      (while :; do date +%N > beat; sleep 0.02; done) >/dev/null 2>&1 &`,
    )
    await rig.mara.api.workspaces.suspend(at('forgotten'))
    const { life } = await rig.get('forgotten')
    const poll = async () =>
      (
        await fetch(`${rig.server.url}/w/${id}/api/kernels?1`, {
          headers: { authorization: `Bearer ${rig.mara.token}` },
        })
      ).text()
    for (let round = 0; round < 3; round += 1) expect(await poll()).toBe('[]\n')
    const beat = path.join(rig.server.dataRoot, 'runtime', 'volumes', id, 'beat')
    const stopped = () =>
      vi.waitFor(
        async () => {
          const before = await readFile(beat, 'utf8')
          await delay(200)
          expect(await readFile(beat, 'utf8')).toBe(before)
        },
        { timeout: 10_000 },
      )
    await stopped()
    expect(await poll()).toBe('[]\n')
    await stopped()
    expect((await rig.get('forgotten')).life).toMatchObject({
      suspendedAt: life.suspendedAt,
      activeAt: life.activeAt,
      stopsAt: life.stopsAt,
    })
    expect(await eventsOf(id)).not.toContain('workspace.resumed')
    expect(await inside(id, 'echo awake')).toBe('awake')
    await rig.becomes('forgotten', (now) => expect(now.life.suspendedAt).toBeNull())
  })

  it('stops one that nobody uses, after a warning, and says why', async () => {
    const { id } = await rig.make('idle', { life: { stopAfterHours: STOP_SOON } })
    const stopped = await rig.becomes('idle', ({ state }) => expect(state.status).toBe('stopped'))
    expect(stopped.state.reason).toMatchObject({ code: 'idle', detail: expect.stringContaining('Nobody used it for') })
    const events = await eventsOf(id)
    expect(events.indexOf('workspace.stopping')).toBeLessThan(events.indexOf('workspace.idle'))
    expect((await rig.start('idle')).state.reason).toBeNull()
  })

  it('lets it run on for as long as somebody asks', async () => {
    const { life } = await rig.make('kept', { life: { stopAfterHours: 1 } })
    const kept = await rig.mara.api.workspaces.keep({ ...at('kept'), body: { hours: 10 } })
    expect(Date.parse(kept.life.stopsAt ?? '') - Date.parse(life.stopsAt ?? '')).toBeGreaterThan(9.9 * 3600_000)
  })

  it('ends one whose days are over, after a warning, and brings it back with its files [WSP-22, CFG-35]', async () => {
    const { id } = await rig.make('mortal', { life: { daysToLive: EXPIRE_SOON } })
    await inside(id, 'echo still here > kept.txt')
    const expired = await rig.becomes('mortal', ({ life, state }) =>
      expect([life.expiredAt !== null, state.status]).toEqual([true, 'stopped']),
    )
    expect(expired.state.reason?.code).toBe('expired')
    expect(Date.parse(expired.life.deletedAt ?? '') - Date.now()).toBeGreaterThan(6.9 * 24 * 3600_000)
    expect(await eventsOf(id)).toEqual(expect.arrayContaining(['workspace.expiring', 'workspace.expired']))
    expect(await problemCode(rig.mara.api.workspaces.start(at('mortal')))).toBe('CONFLICT')
    expect(await problemCode(rig.mara.api.workspaces.keep({ ...at('mortal'), body: {} }))).toBe('INVALID_INPUT')
    const kept = await rig.mara.api.workspaces.keep({ ...at('mortal'), body: { days: 1 } })
    expect([kept.life.expiredAt, kept.life.deletedAt]).toEqual([null, null])
    await rig.start('mortal')
    expect(await inside(id, 'cat kept.txt')).toBe('still here')
  })

  it('is suspended and resumed by hand, also by two at once', async () => {
    const { id } = await rig.make('manual')
    const { suspend, resume, get } = rig.mara.api.workspaces
    await Promise.all([suspend(at('manual')), suspend(at('manual'))])
    expect((await get(at('manual'))).life.suspendedAt).not.toBeNull()
    await Promise.all([resume(at('manual')), resume(at('manual'))])
    expect((await get(at('manual'))).life.suspendedAt).toBeNull()
    expect(await inside(id, 'echo on')).toBe('on')
    await suspend(at('manual'))
    await rig.stop('manual')
    expect(await problemCode(suspend(at('manual')))).toBe('NOT_RUNNING')
  })

  it('is for its owner and owners of the project', async () => {
    await rig.make('guarded')
    const stranger = await rig.server.person('stranger')
    for (const action of ['suspend', 'resume'] as const) {
      expect(await problemCode(stranger.api.workspaces[action](at('guarded')))).toBe('NOT_FOUND')
      expect(await problemCode(rig.server.anonymous.workspaces[action](at('guarded')))).toBe('NOT_SIGNED_IN')
      expect(await problemCode(rig.jonas.api.workspaces[action](at('guarded')))).toBe('FORBIDDEN')
    }
    expect(await problemCode(rig.jonas.api.workspaces.keep({ ...at('guarded'), body: { hours: 1 } }))).toBe('FORBIDDEN')
  })
})
