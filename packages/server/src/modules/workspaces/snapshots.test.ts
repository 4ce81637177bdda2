import { readdir } from 'node:fs/promises'
import path from 'node:path'

import { problemCode } from '@mllab/testkit/problem'
import { runInside } from '@mllab/testkit/shell-image'
import { startWorkspaceRig, type WorkspaceRig } from '@mllab/testkit/workspace-rig'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

describe.each(['sqlite', 'postgres'] as const)('snapshots of workspaces (%s)', (dialect) => {
  let rig: WorkspaceRig
  beforeAll(async () => void (rig = await startWorkspaceRig(dialect)))
  afterAll(() => rig.close())

  const inside = (id: string, script: string) => runInside(rig.server, rig.mara, id, script)
  const at = (workspace: string) => ({ params: { project: rig.project, workspace } })
  const volumes = () => readdir(path.join(rig.server.dataRoot, 'runtime', 'volumes'))
  const taken = async (slug: string, name?: string) => {
    const { id } = await rig.mara.api.workspaceSnapshots.take({ ...at(slug), body: name === undefined ? {} : { name } })
    return vi.waitFor(
      async () => {
        const { items } = await rig.mara.api.workspaceSnapshots.list(at(slug))
        const found = items.find((item) => item.id === id)
        expect([found?.status, found?.detail]).toEqual(['ready', ''])
        return found
      },
      { timeout: 10_000, interval: 50 },
    )
  }
  const restored = (id: string) =>
    vi.waitFor(
      async () => {
        const operation = await rig.mara.api.operations.get({ params: { project: rig.project, id } })
        expect([operation.status, operation.error]).toEqual(['done', null])
      },
      { timeout: 10_000, interval: 50 },
    )

  it('are taken while it runs, and put back while it rests', async () => {
    const { id } = await rig.make('kept')
    await inside(id, 'echo first > a.txt; ln -s a.txt link; mkdir -p deep/er; echo x > deep/er/b; chmod 600 deep/er/b')
    const snapshot = await taken('kept', 'Before')
    expect(snapshot).toMatchObject({
      name: 'Before',
      createdBy: { username: 'mara' },
      can: ['restore', 'copy', 'delete'],
    })
    expect(snapshot?.sizeBytes).toBeGreaterThan(0)
    await inside(id, 'echo second > a.txt; rm -r deep; echo new > new.txt')
    const params = { ...at('kept').params, id: snapshot?.id ?? '' }
    expect(await problemCode(rig.mara.api.workspaceSnapshots.restore({ params }))).toBe('CONFLICT')
    await rig.stop('kept')
    await restored((await rig.mara.api.workspaceSnapshots.restore({ params })).id)
    await rig.start('kept')
    expect(await inside(id, 'cat a.txt link; readlink link; stat -c %a deep/er/b; ls new.txt 2>&1 | grep -c No')).toBe(
      'first\nfirst\na.txt\n600\n1',
    )
  })

  it('become other workspaces, with settings and files of their own', async () => {
    await rig.mara.api.secrets.putMine({ params: { name: 'TOKEN' }, body: { value: 'sealed' } })
    const { id } = await rig.make('original', {
      env: { MODE: 'fast' },
      secrets: [
        { name: 'TOKEN', from: 'user' },
        { name: 'TOKEN', from: 'user', file: 'token' },
      ],
      memoryGb: 1,
    })
    await inside(id, 'echo first > a.txt')
    const snapshot = await taken('original')
    await inside(id, 'echo second > a.txt')
    const copyOf = (name: string, from?: string) =>
      rig.mara.api.workspaceSnapshots.copy({
        ...at('original'),
        body: { name, ...(from === undefined ? {} : { snapshot: from }) },
      })
    const now = await copyOf('Copy of now')
    const then = await copyOf('Copy of then', snapshot?.id)
    for (const [copy, text] of [
      [now, 'second'],
      [then, 'first'],
    ] as const) {
      expect(copy.state.status).toBe('starting')
      await rig.becomes(copy.slug, ({ state }) => expect([state.status, state.reason]).toEqual(['running', null]))
      expect(await inside(copy.id, 'cat a.txt; echo $MODE $TOKEN $(cat $LAB_SECRETS/token)')).toBe(
        `${text}\nfast sealed sealed`,
      )
    }
    await inside(now.id, 'echo changed > a.txt')
    expect(await inside(id, 'cat a.txt')).toBe('second')
    await rig.stop(now.slug)
    await rig.start(now.slug)
    expect(await inside(now.id, 'cat a.txt')).toBe('changed')
  })

  it('are for the owner; one is taken at a time', async () => {
    const guarded = await rig.make('guarded')
    const { take, list } = rig.jonas.api.workspaceSnapshots
    expect(await problemCode(take({ ...at('guarded'), body: {} }))).toBe('FORBIDDEN')
    expect((await list(at('guarded'))).can).toEqual([])
    const stranger = await rig.server.person(`stranger-${dialect}`)
    expect(await problemCode(stranger.api.workspaceSnapshots.list(at('guarded')))).toBe('NOT_FOUND')
    expect(await problemCode(rig.server.anonymous.workspaceSnapshots.list(at('guarded')))).toBe('NOT_SIGNED_IN')
    const codes = await Promise.all(
      [1, 2, 3].map(() =>
        rig.mara.api.workspaceSnapshots.take({ ...at('guarded'), body: {} }).then(
          () => 'taken',
          (error: unknown) => problemCode(Promise.reject(error)),
        ),
      ),
    )
    const count = codes.filter((code) => code === 'taken').length
    expect(count).toBeGreaterThan(0)
    expect(codes.filter((code) => code !== 'taken')).toEqual(Array(3 - count).fill('CONFLICT'))
    const { operations } = rig.mara.api
    const { items } = await operations.list({ params: { project: rig.project }, query: {} })
    expect(
      items.filter(({ subject, kind }) => kind === 'workspace.snapshot' && subject.id === guarded.id),
    ).toHaveLength(count)
  })

  it('go with their workspace, and before it when they are deleted', async () => {
    await rig.make('leaving')
    const [one, two] = [await taken('leaving'), await taken('leaving')]
    expect(await volumes()).toEqual(expect.arrayContaining([`snapshot-${one?.id}`, `snapshot-${two?.id}`]))
    const params = { ...at('leaving').params, id: one?.id ?? '' }
    await rig.mara.api.workspaceSnapshots.remove({ params })
    expect(await problemCode(rig.mara.api.workspaceSnapshots.remove({ params }))).toBe('NOT_FOUND')
    expect(await volumes()).not.toContain(`snapshot-${one?.id}`)
    await rig.mara.api.workspaces.remove(at('leaving'))
    await vi.waitFor(async () => expect(await volumes()).not.toContain(`snapshot-${two?.id}`), { timeout: 5000 })
  })
})
