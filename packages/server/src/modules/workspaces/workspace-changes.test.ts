import { problemCode } from '@mllab/testkit/problem'
import { OTHER_SHELL, runInside, SHELL } from '@mllab/testkit/shell-image'
import type { TestPerson } from '@mllab/testkit/server'
import { startWorkspaceRig, type WorkspaceRig } from '@mllab/testkit/workspace-rig'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

type Change = Parameters<TestPerson['api']['workspaces']['change']>[0]['body']

describe.each(['sqlite', 'postgres'] as const)('settings of workspaces that are there (%s)', (dialect) => {
  let rig: WorkspaceRig
  beforeAll(async () => void (rig = await startWorkspaceRig(dialect)))
  afterAll(() => rig.close())

  const at = (workspace: string) => ({ params: { project: rig.project, workspace } })
  const change = (slug: string, body: Change, who = rig.mara) => who.api.workspaces.change({ ...at(slug), body })
  const inside = (id: string, script: string) => runInside(rig.server, rig.mara, id, script)
  const restarted = async (slug: string) => {
    const { state } = await rig.mara.api.workspaces.restart(at(slug))
    return rig.becomes(slug, (now) => {
      expect(now.state).toMatchObject({ status: 'running', generation: state.generation, reason: null })
    })
  }

  it('take effect with a restart, all at once, and files stay [WSP-13, WSP-19]', async () => {
    for (const [name, value] of [
      ['FIRST', 'one'],
      ['SECOND', 'two'],
    ] as const)
      await rig.mara.api.secrets.put({ params: { project: rig.project, name }, body: { value } })
    const made = await rig.make('changing', {
      env: { KEPT: 'as it was', CHANGED: 'old', GONE: 'x' },
      secrets: [{ name: 'FIRST', file: 'first' }],
      memoryGb: 1,
    })
    await inside(made.id, 'echo precious > notes.txt')
    const changed = await change('changing', {
      name: 'Another name',
      image: OTHER_SHELL,
      env: { CHANGED: 'new', GONE: null, ADDED: 'yes' },
      secrets: [{ name: 'SECOND', file: 'second' }],
      cpus: 2,
      memoryGb: null,
    })
    expect(changed).toMatchObject({
      name: 'Another name',
      version: 1,
      state: { image: SHELL, generation: 1 },
      limits: { cpus: null, memoryGb: 1 },
      secrets: [{ name: 'FIRST', file: 'first' }],
      pending: {
        image: OTHER_SHELL,
        limits: { cpus: 2, memoryGb: null },
        env: { KEPT: '********', CHANGED: '********', ADDED: '********' },
        secrets: [{ name: 'SECOND', file: 'second' }],
        changed: ['image', 'cpus', 'memoryGb', 'secrets', 'env.ADDED', 'env.CHANGED', 'env.GONE'],
      },
    })
    const look = 'echo "$KEPT/$CHANGED/$GONE/$ADDED/$(cd "$LAB_SECRETS"; echo *)/$(cat notes.txt)"'
    expect(await inside(made.id, look)).toBe('as it was/old/x//first/precious')
    const after = await restarted('changing')
    expect(after).toMatchObject({
      id: made.id,
      state: { image: OTHER_SHELL, generation: 2 },
      limits: { cpus: 2, memoryGb: null },
      pending: null,
    })
    expect(await inside(made.id, look)).toBe('as it was/new//yes/second/precious')
  })

  it('stay as they are after a start of its own accord, and after both kinds of start what was changed is there', async () => {
    const { id } = await rig.make('twice', { env: { ONE: '1' } })
    await change('twice', { env: { ONE: '2' } })
    await rig.stop('twice')
    // What rests has nothing in effect: its settings are those of its next start.
    expect(await rig.get('twice')).toMatchObject({ pending: null, version: 1 })
    await change('twice', { env: { TWO: '2' } })
    expect((await rig.start('twice')).version).toBe(2)
    expect(await inside(id, 'echo $ONE$TWO')).toBe('22')
    await restarted('twice')
    expect(await inside(id, 'echo $ONE$TWO')).toBe('22')
  })

  it('wait for nothing once they are as they were, and can be taken back', async () => {
    const { id } = await rig.make('undecided', { env: { ONE: '1' }, cpus: 1 })
    expect((await change('undecided', { env: { ONE: '2' }, cpus: 2 })).pending?.changed).toEqual(['cpus', 'env.ONE'])
    expect((await change('undecided', { env: { ONE: '1' } })).pending?.changed).toEqual(['cpus'])
    expect((await change('undecided', { cpus: 1 })).pending).toBeNull()
    await change('undecided', { env: { ONE: '3', TWO: '4' } })
    expect((await rig.mara.api.workspaces.discardChanges(at('undecided'))).pending).toBeNull()
    await restarted('undecided')
    expect(await inside(id, 'echo $ONE$TWO')).toBe('1')
  })

  it('are another profile or other answers to its questions [WSP-18, WSP-38]', async () => {
    const parameters = [
      { type: 'number', name: 'memory', label: 'Memory', fills: { kind: 'memoryGb' }, default: 1, min: 1, max: 2 },
      { type: 'string', name: 'team', label: 'Team', fills: { kind: 'env', name: 'TEAM' }, default: 'all' },
    ] as const
    const put = (profile: string, env: Record<string, string>) =>
      rig.server.admin.api.workspaceProfiles.put({
        params: { profile },
        body: { name: profile, image: SHELL, cpus: 1, env, parameters: [...parameters] },
      })
    await put('small', { SIZE: 'small' })
    await put('large', { SIZE: 'large' })
    const { id } = await rig.make('profiled', { profile: 'small', parameters: { team: 'vision' } })
    expect(await problemCode(change('profiled', { parameters: { memory: 3 } }))).toBe('INVALID_INPUT')
    expect(await problemCode(change('profiled', { profile: 'none' }))).toBe('NOT_FOUND')
    expect(await problemCode(change('profiled', { profile: 'large', image: SHELL }))).toBe('INVALID_INPUT')
    const answered = await change('profiled', { parameters: { memory: 2 } })
    expect(answered.pending).toMatchObject({
      profile: { slug: 'small', parameters: { memory: 2, team: 'all' } },
      limits: { cpus: 1, memoryGb: 2 },
    })
    await change('profiled', { profile: 'large' })
    expect(await restarted('profiled')).toMatchObject({
      profile: { slug: 'large', parameters: { memory: 1, team: 'all' } },
      limits: { cpus: 1, memoryGb: 1 },
    })
    expect(await inside(id, 'echo $SIZE $TEAM')).toBe('large all')
    await change('profiled', { image: SHELL })
    expect(await restarted('profiled')).toMatchObject({ profile: null, limits: { cpus: null, memoryGb: null } })
    expect(await inside(id, 'echo "[$SIZE]"')).toBe('[]')
  })

  it('are datasets: new ones appear with the next start, those taken away leave no link behind', async () => {
    const put = (name: string, body: string) =>
      fetch(`${rig.server.url}/api/projects/${rig.project}/files/${name}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${rig.mara.token}` },
        body,
      })
    await put('one.txt', 'first')
    await put('two.txt', 'second')
    const { id } = await rig.make('reader', {
      datasets: [
        { name: 'one.txt', path: 'data/one' },
        { name: 'two.txt', path: 'data/two' },
      ],
    })
    const shows = (script: string, text: string) =>
      vi.waitFor(async () => expect(await inside(id, script)).toBe(text), { timeout: 10_000 })
    await shows('cat data/one/one.txt data/two/two.txt', 'firstsecond')
    const { pending } = await change('reader', { datasets: [{ name: 'two.txt', path: 'data/other' }] })
    expect(pending).toMatchObject({
      datasets: [{ name: 'two.txt', version: 1, path: 'data/other' }],
      changed: ['datasets'],
    })
    await restarted('reader')
    await shows('cat data/other/two.txt; ls data', 'secondother')
    await change('reader', { datasets: [] })
    await restarted('reader')
    await shows('ls data; env | grep LAB_DATASET', '')
  })

  it('are checked as for a new one, and what is refused changes nothing', async () => {
    await rig.make('checked')
    const refused = async (body: Change) => problemCode(change('checked', body))
    expect(await refused({ image: 'nobody/nothing' })).toBe('IMAGE_UNKNOWN')
    expect(await refused({ secrets: [{ name: 'NOWHERE' }] })).toBe('SECRET_UNKNOWN')
    expect(await refused({ datasets: [{ name: 'nowhere', path: 'data' }] })).toBe('NOT_FOUND')
    expect(await refused({ parameters: { memory: 1 } })).toBe('INVALID_INPUT')
    expect(await refused({ memoryGb: 0 })).toBe('INVALID_INPUT')
    expect(await refused({ env: { 'NO NAME': 'x' } })).toBe('INVALID_INPUT')
    expect(await rig.get('checked')).toMatchObject({ version: 0, pending: null })
  })

  it('are its owner’s; who owns the project says only how much it may use, and everybody else nothing', async () => {
    await rig.make('own', {}, rig.jonas)
    const owner = rig.mara
    expect(await problemCode(change('own', { env: { LD_PRELOAD: './mine.so' } }, owner))).toBe('FORBIDDEN')
    expect(await problemCode(change('own', { cpus: 1, image: OTHER_SHELL }, owner))).toBe('FORBIDDEN')
    expect(await problemCode(owner.api.workspaces.restart(at('own')))).toBe('FORBIDDEN')
    expect((await change('own', { cpus: 1 }, owner)).pending?.changed).toEqual(['cpus'])
    expect(await problemCode(owner.api.workspaces.discardChanges(at('own')))).toBe('FORBIDDEN')
    const third = await rig.server.person('third')
    expect(await problemCode(change('own', { cpus: 2 }, third))).toBe('NOT_FOUND')
    await rig.mara.api.projects.setMember({
      params: { project: rig.project, username: 'third' },
      body: { role: 'editor' },
    })
    expect(await problemCode(change('own', { cpus: 2 }, third))).toBe('FORBIDDEN')
    expect(await problemCode(rig.server.anonymous.workspaces.change({ ...at('own'), body: { cpus: 2 } }))).toBe(
      'NOT_SIGNED_IN',
    )
  })

  it('lose none of many changes at once, and one that was not seen is refused', async () => {
    const { id } = await rig.make('contested')
    await Promise.all(Array.from({ length: 4 }, (_, n) => change('contested', { env: { [`N${n}`]: String(n) } })))
    await restarted('contested')
    expect(await inside(id, 'echo $N0$N1$N2$N3')).toBe('0123')
    const answer = await fetch(`${rig.server.url}/api/projects/${rig.project}/workspaces/contested`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${rig.mara.token}`,
        'content-type': 'application/json',
        'if-match': '"0"',
      },
      body: '{"cpus":1}',
    })
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([412, 'VERSION_MISMATCH'])
  })

  it('are copied as they will be', async () => {
    await rig.make('original', { env: { ONE: '1' } })
    await change('original', { env: { ONE: '2' }, cpus: 1 })
    const { id } = await rig.mara.api.workspaceSnapshots.copy({ ...at('original'), body: { slug: 'copied' } })
    expect(await rig.becomes('copied', ({ state }) => expect(state.status).toBe('running'))).toMatchObject({
      limits: { cpus: 1 },
      pending: null,
    })
    expect(await inside(id, 'echo $ONE')).toBe('2')
  })

  it('a restart asked for many times is one, and starts what rests', async () => {
    const { state } = await rig.make('again')
    const answers = await Promise.all(Array.from({ length: 3 }, () => rig.mara.api.workspaces.restart(at('again'))))
    const last = Math.max(...answers.map((one) => one.state.generation))
    expect(last).toBeGreaterThan(state.generation)
    await rig.becomes('again', (now) => expect(now.state).toMatchObject({ status: 'running', generation: last }))
    await rig.stop('again')
    await rig.mara.api.workspaces.restart(at('again'))
    await rig.becomes('again', (now) => expect(now.state).toMatchObject({ status: 'running', generation: last + 1 }))
  })
})
