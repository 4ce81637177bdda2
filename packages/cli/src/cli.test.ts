import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { testFolder } from '@mllab/testkit/folder'
import { startTestServer, TEST_PASSWORD, type TestServer } from '@mllab/testkit/server'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { runHere, spawnAndWait, spawnCommand, type Outcome } from './testing/run-command.ts'

const MB = 1_000_000

describe('mllab', () => {
  let server: TestServer
  let home: string
  beforeAll(async () => {
    server = await startTestServer({ env: { LAB_BASE_URL: '/test' } })
  })
  afterAll(() => server.close())
  beforeEach(async () => {
    home = await mkdtemp(path.join(testFolder(), 'cli-'))
  })

  /** With the administrator's token in the environment. */
  const asAdmin = (more: Record<string, string> = {}) => ({
    home,
    env: { LAB_ENDPOINT: server.url, LAB_API_TOKEN: server.admin.token, ...more },
  })
  const mllab = (...args: string[]): Promise<Outcome> => runHere(args, asAdmin())
  const spawned = (...args: string[]): Promise<Outcome> => spawnAndWait(args, asAdmin())
  const json = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { code, out, err } = await mllab(...args)
    expect([code, err]).toEqual([0, ''])
    return JSON.parse(out) as Record<string, unknown>
  }
  const newProject = async (): Promise<string> => String((await json('projects', 'create', '--name', 'Wine'))['slug'])

  describe('login', () => {
    const config = () => path.join(home, '.config/mllab/config.json')
    const signIn = (...more: string[]) =>
      spawnAndWait(['login', server.url, ...more], { home, input: `admin\n${TEST_PASSWORD}\n` })

    it('keeps a token where only its owner reads it, which then counts for that server', async () => {
      const { code, err } = await signIn()
      expect([code, err]).toEqual([0, expect.stringContaining(`Signed in to ${server.url} as admin until 20`)])
      expect((await stat(config())).mode & 0o777).toBe(0o600)
      const { out } = await spawnAndWait(['accounts', 'me'], { home })
      expect(JSON.parse(out)).toMatchObject({ username: 'admin', session: null })
      const elsewhere = await runHere(['accounts', 'me', '--url', server.url.replace('localhost', '127.0.0.1')], {
        home,
      })
      expect([elsewhere.code, elsewhere.err]).toEqual([1, expect.stringContaining('Sign in: mllab login')])
    })

    it('leaves nothing behind after logout', async () => {
      await signIn()
      const { token } = JSON.parse(await readFile(config(), 'utf8')) as { token: string }
      expect(await runHere(['logout'], { home })).toMatchObject({ code: 0, err: `Signed out of ${server.url}.\n` })
      expect(await readdir(path.dirname(config()))).toEqual([])
      const me = await runHere(['accounts', 'me'], { home, env: { LAB_ENDPOINT: server.url, LAB_API_TOKEN: token } })
      expect(me.code).toBe(1)
      expect(await runHere(['logout'], { home })).toMatchObject({
        code: 1,
        err: 'mllab: Nobody is signed in on this machine.\nSign in: mllab login <url>.\n',
      })
    })

    it('says so when the password is wrong, and stores nothing', async () => {
      const { code, err } = await runHere(['login', server.url, '--username', 'admin'], { home, input: 'wrong\n' })
      expect([code, err]).toEqual([1, expect.stringContaining('No account matches')])
      expect(await readdir(home)).toEqual([])
    })

    it('remembers a project, which the environment and the flag override', async () => {
      const [first, second] = [await newProject(), await newProject()]
      await signIn()
      expect((await runHere(['projects', 'get'], { home })).err).toContain('Which project?')
      expect((await runHere(['use', 'no-such-project'], { home })).code).toBe(1)
      expect((await runHere(['use', first], { home })).err).toContain(`(${first})`)
      const slugOf = ({ out }: Outcome) => (JSON.parse(out) as { slug: string }).slug
      const env = { LAB_PROJECT: second }
      expect(slugOf(await runHere(['projects', 'get'], { home }))).toBe(first)
      expect(slugOf(await runHere(['projects', 'get'], { home, env }))).toBe(second)
      expect(slugOf(await runHere(['projects', 'get', '--project', first], { home, env }))).toBe(first)
    })
  })

  describe('commands of the API', () => {
    it('answer JSON to programs and tables and fields to people', async () => {
      const project = await newProject()
      expect(await json('projects', 'get', '--project', project)).toMatchObject({ slug: project, name: 'Wine' })
      const people = async (...args: string[]) => (await spawned(...args, '--output', 'table')).out.split('\n')
      const [header, ...rows] = await people('projects', 'list', '--all')
      expect(header).toMatch(/^SLUG +NAME +VERSION +DESCRIPTION +PERSONAL +ROLE +CREATED +UPDATED +CREATED BY$/)
      expect(rows.find((row) => row.startsWith(`${project} `))).toMatch(
        /^\S+ +Wine +1 +- +no +owner +20\d\d-\d\d-\d\d \d\d:\d\d +.* admin$/,
      )
      expect(await people('projects', 'get', '--project', project)).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^slug {9}wine/),
          expect.stringMatching(/^created by {3}admin$/),
        ]),
      )
      expect(await people('models', 'list', '--project', project)).toEqual(['There are none.', ''])
    })

    it('take parameters by position, files, stdin, whole bodies, and true and false', async () => {
      const project = await newProject()
      const text = path.join(home, 'text')
      await writeFile(text, 'from a file\n')
      const update = async (input: string, ...args: string[]) => {
        const { out } = await runHere(['projects', 'update', ...args], { ...asAdmin({ LAB_PROJECT: project }), input })
        return (JSON.parse(out) as { description: string }).description
      }
      expect(await update('', '--description', `@${text}`)).toBe('from a file')
      expect(await update('from stdin', '--description', '-')).toBe('from stdin')
      expect(await update('', '--description', '@@home')).toBe('@home')
      expect(await update('{"description":"whole","name":"One"}', '--json', '-')).toBe('whole')
      expect(await update('', '--json', '{"description":"whole"}', '--description', 'flag')).toBe('flag')

      const { id } = await json(
        'accounts',
        'create-user',
        '--username',
        project,
        '--password',
        TEST_PASSWORD,
        '--admin',
      )
      expect(await json('accounts', 'update-user', String(id), '--no-admin')).toMatchObject({ admin: false })
    })

    it('follow pages to the end if asked to', async () => {
      const project = await newProject()
      for (const name of ['a', 'b', 'c']) await json('runs', 'create-experiment', '--project', project, '--name', name)
      const names = (answer: Record<string, unknown>) => (answer['items'] as { name: string }[]).map(({ name }) => name)
      const some = await mllab('runs', 'experiments', '--project', project, '--limit', '2')
      expect(names(JSON.parse(some.out) as Record<string, unknown>)).toHaveLength(2)
      expect(some.err).toMatch(/^There are more: --all, or --cursor \S+\n$/)
      const all = await json('runs', 'experiments', '--project', project, '--limit', '2', '--all')
      expect(names(all).toSorted()).toEqual(['Default', 'a', 'b', 'c'])
    })

    it('send and fetch bytes', async () => {
      const project = await newProject()
      const file = path.join(home, 'some.csv')
      await writeFile(file, 'a,b\n')
      expect(await json('files', 'put', 'some.csv', '--project', project, '--from', file)).toMatchObject({ version: 1 })
      expect((await mllab('files', 'download', 'some.csv', '--project', project)).out).toBe('a,b\n')
      await mllab('files', 'download', 'some.csv', '--project', project, '--to', path.join(home, 'copy'))
      expect(await readFile(path.join(home, 'copy'), 'utf8')).toBe('a,b\n')
    })

    it('say what went wrong, what to do, and the request id, and end with 1', async () => {
      expect(await spawned('projects', 'get', '--project', 'no-such')).toEqual({
        code: 1,
        out: '',
        err: expect.stringMatching(
          /^mllab: There is no project here that you can see\.\nCheck the address; ask to be added to the project\.\nRequest id: \S+\n$/,
        ),
      })
      const { code, err } = await mllab('projects', 'list', '--url', 'http://localhost:9')
      expect([code, err]).toEqual([1, expect.stringContaining('The server does not answer (')])
    })

    it('end with 2 when they are called wrongly, and say how', async () => {
      const err = async (...args: string[]) => {
        const outcome = await mllab(...args)
        expect([args, outcome.code, outcome.out]).toEqual([args, 2, ''])
        return outcome.err
      }
      expect(await err('projects', 'create')).toBe('mllab: Missing: --name.\nSee --help.\n')
      expect(await err('projects', 'lisst')).toContain('Did you mean list?')
      expect(await err('projects', 'list', '--sort', 'age')).toContain('--sort is one of name, -created, not "age".')
      expect(await err('projects', 'list', '--limit', 'all')).toContain('--limit is a number')
      expect(await err('workspaces', 'create', '--project', 'x', '--env', 'A')).toContain(
        '--env takes KEY=VALUE or JSON.',
      )
      expect(await err('projects', 'create', '--json', '{')).toContain('--json is not JSON')
    })
  })

  describe('upload and download', () => {
    it('carry a folder and 20 MB there and back', async () => {
      const project = await newProject()
      const source = path.join(home, 'raw')
      await mkdir(path.join(source, 'deep/er'), { recursive: true })
      const large = randomBytes(20 * MB)
      await writeFile(path.join(source, 'large.bin'), large)
      await writeFile(path.join(source, 'deep/er/empty'), '')
      await writeFile(path.join(source, 'deep/ü.txt'), 'u')
      await symlink('../large.bin', path.join(source, 'deep/link'))
      await symlink('..', path.join(source, 'deep/circle'))

      const up = await spawned('upload', source, '--project', project)
      expect(up.err).toMatch(
        /^Uploading raw: 0 %.*\n(Uploading raw: \d+ %.*\n)*Uploading raw: 100 % \(40\.0 MB of 40\.0 MB\)\n$/,
      )
      expect(JSON.parse(up.out)).toMatchObject({ key: 'raw@1', entries: 4, folder: true, sizeBytes: 40 * MB + 1 })

      const target = path.join(home, 'copy')
      const down = await spawned('download', 'raw', '--project', project, '-o', target)
      expect([down.code, down.err]).toEqual([0, expect.stringContaining('100 %')])
      expect((await readdir(target, { recursive: true })).toSorted()).toEqual(
        ['deep', 'deep/er', 'deep/er/empty', 'deep/link', 'deep/ü.txt', 'large.bin'].toSorted(),
      )
      expect((await readFile(path.join(target, 'large.bin'))).equals(large)).toBe(true)
      expect((await readFile(path.join(target, 'deep/link'))).equals(large)).toBe(true)

      await mllab('download', 'raw/deep', '--project', project, '-o', path.join(home, 'part'))
      expect(await readFile(path.join(home, 'part/ü.txt'), 'utf8')).toBe('u')
      expect((await mllab('download', 'raw/deep/ü.txt', '--project', project, '-o', '-')).out).toBe('u')
      expect(await mllab('download', 'none', '--project', project)).toMatchObject({
        code: 1,
        err: expect.stringContaining('There is no dataset here that you can see.'),
      })
    })

    it('name versions, and go on where a download broke off', async () => {
      const project = await newProject()
      const file = path.join(home, 'data.txt')
      for (const text of ['first', 'second']) {
        await writeFile(file, text)
        await mllab('upload', file, '--project', project)
      }
      const target = path.join(home, 'one.txt')
      const sha256 = createHash('sha256').update('first').digest('hex')
      await writeFile(`${target}.${sha256.slice(0, 16)}.part`, 'fi')
      expect((await mllab('download', 'data.txt@1', '--project', project, '-o', target)).code).toBe(0)
      expect(await readFile(target, 'utf8')).toBe('first')
      expect((await mllab('download', 'data.txt', '--project', project, '-o', '-')).out).toBe('second')
      expect(await mllab('download', 'data.txt@9', '--project', project)).toMatchObject({ code: 1 })
      expect((await readdir(home)).toSorted()).toEqual(['.cache', 'data.txt', 'one.txt'])
    })

    it('continue after Ctrl-C', async () => {
      const project = await newProject()
      const file = path.join(home, 'big.bin')
      await writeFile(file, randomBytes(100 * MB))
      const args = ['upload', file, '--project', project]
      const child = spawnCommand(args, asAdmin())
      let said = ''
      child.stderr?.on('data', (chunk: Buffer) => {
        const before = said
        said += String(chunk)
        if (/: [1-9]\d %/.test(said) && !/: [1-9]\d %/.test(before)) child.kill('SIGINT')
      })
      expect([(await once(child, 'close'))[0], said]).toEqual([130, expect.stringContaining('continues from here')])
      const { items } = await server.admin.api.files.uploads({ params: { project } })
      expect(items).toMatchObject([{ name: 'big.bin', parts: 12 }])
      const { code, err } = await runHere(args, asAdmin())
      expect([code, err]).toEqual([0, expect.not.stringMatching(/: 0 %/)])
      expect((await server.admin.api.files.uploads({ params: { project } })).items).toEqual([])
    })
  })

  it('prints and follows a log until its workload has ended', async () => {
    const project = await newProject()
    const of = ['first', '--project', project] as const
    await json('workspaces', 'create', '--slug', 'first', '--project', project)
    await json('workspaces', 'stop', ...of)
    const followed = await mllab('logs', 'workspace', ...of, '-f')
    expect([followed.code, followed.err]).toEqual([0, ''])
    expect(await json('workspaces', 'get', ...of)).toMatchObject({ state: { status: 'stopped' } })
    expect(await mllab('logs', 'workspace', ...of)).toEqual(followed)
  })

  it('prints links that open things', async () => {
    const project = await newProject()
    const open = async (...args: string[]) => (await mllab('open', ...args)).out
    expect(await open()).toBe(`${server.url}/app/\n`)
    expect(await open('project', project)).toBe(`${server.url}/app/p/${project}\n`)
    expect(await open('dataset', 'a/b', '--project', project)).toBe(`${server.url}/app/p/${project}/data/a%2Fb\n`)
  })
})
