import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'

import { testFolder } from '@mllab/testkit/folder'
import { afterEach, describe, expect, it } from 'vitest'

import { effectiveSettings } from './config.ts'

const main = path.join(import.meta.dirname, 'main.ts')
const children: ChildProcess[] = []

interface Run {
  readonly child: ChildProcess
  /** Everything it printed so far. */
  text(): string
  exited: Promise<number | null>
  /** Resolves when the text appears; rejects if the program ends before. */
  says(pattern: RegExp): Promise<RegExpMatchArray>
}

/** The program as a person starts it. */
function run(args: readonly string[], env: Readonly<Record<string, string>>): Run {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: testFolder(), LAB_PREPARE_IMAGES: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let text = ''
  const waiting = new Set<() => void>()
  const heard = (chunk: Buffer) => {
    text += chunk.toString()
    for (const look of waiting) look()
  }
  child.stdout.on('data', heard)
  child.stderr.on('data', heard)
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return {
    child,
    text: () => text,
    exited,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = text.match(pattern)
          if (!match) return
          waiting.delete(look)
          resolve(match)
        }
        waiting.add(look)
        look()
        void exited.then((code) => reject(new Error(`ended with ${code}: ${text}`)))
      }),
  }
}

afterEach(async () => {
  await Promise.all(
    children.splice(0).map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await new Promise((resolve) => child.once('exit', resolve))
    }),
  )
})

const dataRoot = () => mkdtemp(path.join(testFolder(), 'main-'))

describe('mllab up', () => {
  it('starts with nothing configured but its place, prints a setup link, and ends with 0 on SIGTERM [INS-01, INS-02, INS-11, TLS-01, CFG-13]', async () => {
    const root = await dataRoot()
    const { child, says, exited } = run(['up'], { LAB_PORT: '0', LAB_DATA_ROOT: root })
    const [, link = ''] = await says(/(http:\/\/localhost:\d+\/app\/setup#\S+)/)
    const { origin } = new URL(link)
    const ready = await fetch(`${origin}/readyz`)
    expect([ready.status, await ready.json()]).toMatchObject([
      200,
      { ok: true, checks: [{ name: 'database' }, { name: 'objects' }, { name: 'runtime' }, { name: 'disk' }] },
    ])
    expect(await readdir(root)).toEqual(expect.arrayContaining(['lab.sqlite', 'objects', 'keys', 'runtime']))
    const before = performance.now()
    child.kill('SIGTERM')
    expect(await exited).toBe(0)
    expect(performance.now() - before).toBeLessThan(10_000)
  })

  it('lives below a path prefix with everything it has [CFG-02, CFG-03]', async () => {
    const { says } = run(['up'], {
      LAB_PORT: '0',
      LAB_DATA_ROOT: await dataRoot(),
      LAB_BASE_URL: '/test',
      LAB_ADMIN_PASSWORD: 'a long enough phrase',
    })
    const [, url = ''] = await says(/ready at (\S+)/)
    expect(new URL(url).pathname).toBe('/test')
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/api/openapi.json`)).status).toBe(200)
    expect((await fetch(`${new URL(url).origin}/healthz`)).status).toBe(404)
  })

  it.each([
    ['a value that means nothing', { LAB_PORT: 'often' }, /LAB_PORT is "often" and must be a whole number/],
    ['a base path with a slash at the end', { LAB_BASE_URL: '/test/' }, /LAB_BASE_URL .* not end with one/],
    [
      'half of an object storage',
      { S3_ENDPOINT: 'http://127.0.0.1:9' },
      /S3_ACCESS_KEY and S3_SECRET_KEY must be set too/,
    ],
    ['an unknown runtime', { SERVICES_RUNTIME: 'podman' }, /SERVICES_RUNTIME .* must be process/],
    ['a data root that is a file', { LAB_DATA_ROOT: main }, /data root .* cannot be written .* LAB_DATA_ROOT/],
  ])('refuses %s in one sentence and changes nothing', async (_, env, sentence) => {
    const root = await dataRoot()
    const { exited, text } = run(['up'], { LAB_PORT: '0', LAB_DATA_ROOT: root, ...env })
    expect(await exited).toBe(1)
    expect(text()).toMatch(sentence)
    expect(text().trim().split('\n')).toHaveLength(1)
    expect(await readdir(root)).toEqual([])
  })

  it('refuses a port that is taken, naming it and what to do', async () => {
    const taken = net.createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as net.AddressInfo // a TCP server's
    const root = await dataRoot()
    const { exited, text } = run(['up'], { LAB_PORT: String(port), LAB_DATA_ROOT: root })
    expect(await exited).toBe(1)
    expect(await readdir(root)).toEqual([])
    expect(text()).toContain(`Port ${port} is taken by another program: stop it, or choose another port with LAB_PORT.`)
    await new Promise((resolve) => taken.close(resolve))
  })

  it('refuses a second server on the same data root, and the first goes on', async () => {
    const root = await dataRoot()
    const first = run(['up'], { LAB_PORT: '0', LAB_DATA_ROOT: root })
    const [, origin = ''] = await first.says(/(http:\/\/localhost:\d+)\//)
    const second = run(['up'], { LAB_PORT: '0', LAB_DATA_ROOT: root })
    expect(await second.exited).toBe(1)
    expect(second.text()).toContain(`Another server uses the data root ${root}`)
    expect((await fetch(`${origin}/healthz`)).status).toBe(200)
  })

  it('takes its data root again after kill -9, and the setup link before it is void', async () => {
    const root = await dataRoot()
    const first = run(['up'], { LAB_PORT: '0', LAB_DATA_ROOT: root })
    const [, link = ''] = await first.says(/(http:\S+setup#\S+)/)
    first.child.kill('SIGKILL')
    await first.exited
    const second = run(['up'], { LAB_PORT: '0', LAB_DATA_ROOT: root })
    const [, again = ''] = await second.says(/(http:\S+setup#\S+)/)
    const use = (secret: string) =>
      fetch(`${new URL(again).origin}/api/setup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ secret, password: 'a long enough phrase' }),
      })
    expect((await use(new URL(link).hash.slice(1))).status).toBe(404)
    expect((await use(new URL(again).hash.slice(1))).status).toBe(201)
  })

  it('says what is wrong with a data root that cannot be written', async () => {
    const root = await dataRoot()
    const inside = path.join(root, 'readonly')
    await mkdir(inside)
    await chmod(inside, 0o500)
    // Root may write everywhere; a folder below a file is refused to everybody.
    const target = process.getuid?.() === 0 ? path.join(main, 'below-a-file') : inside
    const { exited, text } = run(['up'], { LAB_PORT: '0', LAB_DATA_ROOT: target })
    expect(await exited).toBe(1)
    expect(text()).toMatch(/cannot be written .*: choose another one with LAB_DATA_ROOT/)
  })
})

describe('mllab config', () => {
  it('prints every setting with its value and source, and masks secrets [CFG-41]', async () => {
    const { exited, text } = run(['config'], {
      LAB_PORT: '9000',
      LAB_ADMIN_PASSWORD: 'hidden-value',
      POSTGRES_CONNECTION_URI: 'postgres://u:hidden-value@h/d',
    })
    expect(await exited).toBe(0)
    for (const { name } of effectiveSettings({})) expect(text()).toContain(name)
    expect(text()).toMatch(/LAB_PORT\s+9000\s+\[environment\]/)
    expect(text()).toMatch(/LAB_HOST\s+127\.0\.0\.1\s+\[default\]/)
    expect(text()).not.toContain('hidden-value')
  })

  it('gives a lost password back to whoever can start the server', async () => {
    const env = { LAB_PORT: '0', LAB_DATA_ROOT: await dataRoot(), LAB_ADMIN_PASSWORD: 'a long enough phrase' }
    const login = async (run: Run, password: string) => {
      const [, url = ''] = await run.says(/ready at (\S+)/)
      const headers = { 'content-type': 'application/json' }
      return (
        await fetch(`${url}/api/auth/login`, {
          method: 'POST',
          headers,
          body: JSON.stringify({ username: 'admin', password }),
        })
      ).status
    }
    const before = run(['up'], env)
    expect(await login(before, 'a long enough phrase')).toBe(200)
    expect(await run(['reset-password', 'admin'], env).exited).toBe(1) // the server runs
    before.child.kill('SIGTERM')
    await before.exited
    expect(await run(['reset-password', 'nobody'], env).exited).toBe(1)
    const reset = run(['reset-password', 'admin'], env)
    expect(await reset.exited).toBe(0)
    const [, password = ''] = await reset.says(/signs in with (\S+) now/)
    const after = run(['up'], env)
    expect([await login(after, 'a long enough phrase'), await login(after, password)]).toEqual([401, 200])
  }, 60_000)

  it('refuses a command it does not have', async () => {
    const { exited, text } = run(['launch'], {})
    expect(await exited).toBe(2)
    expect(text()).toContain('there is no command "launch"')
  })
})
