import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { testFolder } from '@mllab/testkit/folder'
import { problemCode } from '@mllab/testkit/problem'
import { OTHER_SHELL, runInside, SHELL } from '@mllab/testkit/shell-image'
import { startWorkspaceRig, type WorkspaceRig } from '@mllab/testkit/workspace-rig'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { serveFolder, type ServedFolder } from './testing/served-folder.ts'

const run = promisify(execFile)

describe.each(['sqlite', 'postgres'] as const)('what workspaces are made of (%s)', (dialect) => {
  let rig: WorkspaceRig
  beforeAll(async () => void (rig = await startWorkspaceRig(dialect)))
  afterAll(() => rig.close())

  const inside = (id: string, script: string, who = rig.mara) => runInside(rig.server, who, id, script)
  const at = (workspace: string) => ({ params: { project: rig.project, workspace } })

  describe('profiles', () => {
    const profile = {
      name: 'Training',
      image: SHELL,
      memoryGb: 1,
      env: { STAGE: 'test' },
      life: { stopAfterHours: 5, daysToLive: 10 },
      parameters: [
        {
          type: 'choice' as const,
          name: 'tool',
          label: 'Tool',
          fills: { kind: 'image' as const },
          default: SHELL,
          choices: [
            { value: SHELL, label: 'One' },
            { value: OTHER_SHELL, label: 'Other' },
          ],
        },
        {
          type: 'number' as const,
          name: 'memory',
          label: 'Memory',
          fills: { kind: 'memoryGb' as const },
          default: 1,
          min: 0.5,
          max: 2,
        },
        {
          type: 'boolean' as const,
          name: 'gpu',
          label: 'GPU',
          fills: { kind: 'env' as const, name: 'WITH_GPU' },
          default: false,
        },
        {
          type: 'string' as const,
          name: 'team',
          label: 'Team',
          fills: { kind: 'env' as const, name: 'TEAM' },
          default: 'all',
          maxLength: 10,
        },
      ],
    }
    const put = (
      slug: string,
      body: Parameters<typeof rig.mara.api.workspaceProfiles.put>[0]['body'],
      who = rig.server.admin,
    ) => who.api.workspaceProfiles.put({ params: { profile: slug }, body })

    it('fill image, resources and variables with the answers of the form [WSP-18, WSP-19, WSP-38]', async () => {
      await put('training', profile)
      const made = await rig.make('filled', {
        profile: 'training',
        parameters: { tool: OTHER_SHELL, memory: 2, team: 'vision' },
      })
      expect(made).toMatchObject({
        state: { image: OTHER_SHELL },
        profile: { slug: 'training', parameters: { tool: OTHER_SHELL, memory: 2, gpu: false, team: 'vision' } },
        life: { stopAfterHours: 5 },
      })
      expect(made.life.expiresAt).not.toBeNull()
      expect(await inside(made.id, 'echo $STAGE $WITH_GPU $TEAM')).toBe('test false vision')
    })

    it('refuse answers beyond their limits, and name each of them', async () => {
      await put('training', profile)
      const create = (parameters: Record<string, string | number | boolean>, more = {}) =>
        problemCode(
          rig.mara.api.workspaces.create({
            params: { project: rig.project },
            body: { profile: 'training', parameters, ...more },
          }),
        )
      expect(await create({ memory: 3 })).toBe('INVALID_INPUT')
      expect(await create({ memory: '1' })).toBe('INVALID_INPUT')
      expect(await create({ tool: 'nobody/nothing' })).toBe('INVALID_INPUT')
      expect(await create({ team: 'x'.repeat(11) })).toBe('INVALID_INPUT')
      expect(await create({ what: 1 })).toBe('INVALID_INPUT')
      expect(await create({}, { image: SHELL })).toBe('INVALID_INPUT')
    })

    it('are declared by administrators only, with defaults within their own limits', async () => {
      expect(await problemCode(put('mine', profile, rig.mara))).toBe('FORBIDDEN')
      expect(await problemCode(rig.server.anonymous.workspaceProfiles.list({}))).toBe('NOT_SIGNED_IN')
      expect(await problemCode(put('bad', { ...profile, image: 'nobody/nothing' }))).toBe('IMAGE_UNKNOWN')
      const [, memory] = profile.parameters
      const parameters = [{ ...memory, default: 9 }] as typeof profile.parameters
      expect(await problemCode(put('bad', { ...profile, parameters }))).toBe('INVALID_INPUT')
      const twice = [...profile.parameters, ...profile.parameters]
      expect(await problemCode(put('bad', { ...profile, parameters: twice }))).toBe('INVALID_INPUT')
    })

    it('have one default at most, also when two become it at once', async () => {
      await Promise.all([put('a', { ...profile, default: true }), put('b', { ...profile, default: true })])
      const { items } = await rig.mara.api.workspaceProfiles.list({})
      expect(items.filter((item) => item.default)).toHaveLength(1)
      for (const slug of ['a', 'b']) await rig.server.admin.api.workspaceProfiles.remove({ params: { profile: slug } })
    })
  })

  describe('datasets', () => {
    const put = (name: string, text: string) =>
      fetch(`${rig.server.url}/api/projects/${rig.project}/files/${name}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${rig.mara.token}` },
        body: text,
      })

    it('are found at their paths, in the version that was chosen, and are there once for all', async () => {
      await put('wine/red.csv', 'first')
      await put('wine/red.csv', 'second')
      const datasets = [{ name: 'wine/red.csv', version: 1, path: 'data/wine' }]
      const one = await rig.make('reader', { datasets })
      expect(one.datasets).toEqual(datasets)
      const look = (id: string) =>
        vi.waitFor(async () => expect(await inside(id, 'cat data/wine/red.csv')).toBe('first'), { timeout: 5000 })
      await look(one.id)
      const other = await rig.make('reader-too', { datasets: [{ name: 'wine/red.csv', path: 'latest' }] })
      await vi.waitFor(async () => expect(await inside(other.id, 'cat latest/red.csv')).toBe('second'), {
        timeout: 5000,
      })
      await rig.stop('reader')
      await rig.mara.api.files.remove({ params: { project: rig.project, name: 'wine/red.csv' } })
      // What was laid out stays for those who have it.
      await look((await rig.start('reader')).id)
      await rig.mara.api.workspaces.remove(at('reader-too'))
    })

    it('leave alone what a person has put at the path', async () => {
      await put('plain.txt', 'x')
      const datasets = ['mine', 'theirs'].map((where) => ({ name: 'plain.txt', path: where }))
      const made = await rig.make('own-path', { datasets })
      const linked = (id: string) =>
        vi.waitFor(async () => expect(await inside(id, 'ls theirs')).toBe('plain.txt'), { timeout: 10_000 })
      await linked(made.id)
      await inside(made.id, 'rm mine theirs; echo own > mine')
      await rig.stop('own-path')
      const again = await rig.start('own-path')
      await linked(again.id)
      expect(await inside(again.id, 'cat mine')).toBe('own')
    })

    it('that are not there, or would lie in each other, are refused', async () => {
      await put('here.txt', 'x')
      const create = (datasets: { name: string; path: string; version?: number }[]) =>
        problemCode(
          rig.mara.api.workspaces.create({ params: { project: rig.project }, body: { image: SHELL, datasets } }),
        )
      expect(await create([{ name: 'nowhere', path: 'a' }])).toBe('NOT_FOUND')
      expect(await create([{ name: 'here.txt', version: 7, path: 'a' }])).toBe('NOT_FOUND')
      expect(await create([{ name: 'here.txt', path: '../a' }])).toBe('INVALID_INPUT')
      const two = ['a', 'a/b'].map((where) => ({ name: 'here.txt', path: where }))
      expect(await create(two)).toBe('INVALID_INPUT')
    })
  })

  describe('git', () => {
    let folder: string
    let served: ServedFolder
    beforeAll(async () => {
      folder = await mkdtemp(path.join(testFolder(), 'git-'))
      const work = path.join(folder, 'work')
      const git = (...args: string[]) =>
        run('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', '-C', work, ...args])
      await run('git', ['init', '-q', '-b', 'main', work])
      await run('sh', ['-c', 'echo hello > README && mkdir .x'], { cwd: work })
      await git('add', '.')
      await git('commit', '-qm', 'first')
      await git('checkout', '-qb', 'side')
      await run('sh', ['-c', 'echo aside > SIDE'], { cwd: work })
      await git('add', '.')
      await git('commit', '-qm', 'second')
      await run('git', ['clone', '-q', '--bare', work, path.join(folder, 'served', 'tools.git')])
      await run('git', ['-C', path.join(folder, 'served', 'tools.git'), 'update-server-info'])
      served = await serveFolder(path.join(folder, 'served'), 'the token')
    })
    afterAll(async () => {
      await served.close()
      await rm(folder, { recursive: true, force: true })
    })
    const cloned = (slug: string, status: string) =>
      rig.becomes(slug, ({ git }) =>
        expect([git?.status, git?.status === 'done' ? git.detail : '']).toEqual([status, '']),
      )

    it('clones a branch of a repository with the secret of its owner, who is the author of commits', async () => {
      await rig.mara.api.secrets.putMine({ params: { name: 'GIT' }, body: { value: 'the token' } })
      const { id } = await rig.make('cloner', {
        git: { url: `${served.url}/tools.git`, branch: 'side', email: 'mara@example.org', secret: { name: 'GIT' } },
      })
      const { git } = await cloned('cloner', 'done')
      expect(git).toMatchObject({ path: 'tools', branch: 'side', userName: 'mara' })
      expect(await inside(id, 'cat tools/README tools/SIDE; git config --global user.email')).toBe(
        'hello\naside\nmara@example.org',
      )
      await inside(id, 'echo changed > tools/README')
      await rig.stop('cloner')
      await rig.start('cloner')
      expect(await inside(id, 'cat tools/README')).toBe('changed')
    })

    it('says why a repository could not be cloned, while the workspace runs, and tries again when asked', async () => {
      const { id } = await rig.make('refused', { git: { url: `${served.url}/tools.git` } })
      const failed = await cloned('refused', 'failed')
      expect(failed.git?.detail).toMatch(/could not read Username|Authentication failed/)
      expect(failed.state.status).toBe('running')
      expect(await inside(id, 'echo works')).toBe('works')
      const { items } = await rig.mara.api.operations.list({ params: { project: rig.project }, query: {} })
      expect(items[0]).toMatchObject({ kind: 'workspace.clone', status: 'failed', error: { code: 'CLONE_FAILED' } })
      served.open()
      const codes = await Promise.all(
        [1, 2].map(() => problemCode(rig.mara.api.workspaces.cloneAgain(at('refused'))).catch(() => 'done')),
      )
      expect(codes).toContain('done')
      await cloned('refused', 'done')
      expect(await problemCode(rig.mara.api.workspaces.cloneAgain(at('refused')))).toBe('CONFLICT')
      expect(await problemCode(rig.jonas.api.workspaces.cloneAgain(at('refused')))).toBe('FORBIDDEN')
    })

    it('takes addresses without passwords and tokens only', async () => {
      const refused = ['file:///etc', 'https://me:secret@example.org/x.git', 'https://ghp_token@example.org/x.git']
      for (const url of [...refused, '--upload-pack=x'])
        expect(
          await problemCode(
            rig.mara.api.workspaces.create({ params: { project: rig.project }, body: { image: SHELL, git: { url } } }),
          ),
        ).toBe('INVALID_INPUT')
    })
  })
})
