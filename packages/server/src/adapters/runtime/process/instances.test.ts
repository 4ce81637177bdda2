import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { newId } from '@mllab/kernel'
import { createProbe, until, type Probe } from '@mllab/testkit/contracts/runtime.helpers'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Endpoint } from '../../../ports/runtime.ts'
import { isDead, readStat } from './host/proc.ts'
import { newFolder, removeFolders, shellRuntime, testBwrap } from './testing/fixtures.ts'

type Test = Awaited<ReturnType<typeof shellRuntime>>

const isGone = (pid: number) => {
  const found = readStat(pid)
  return !found || isDead(found)
}
/** Numbers after `pid` in the log. */
const pidsIn = (log: string) => [...log.matchAll(/pid (\d+)/g)].map((match) => Number(match[1]))
/** A program that listens and answers with its pid. */
const SERVER = `require('node:http').createServer((_, answer) => answer.end('pid ' + process.pid)).listen(process.argv[1])`

const get = (endpoint: Endpoint) =>
  new Promise<string>((resolve, reject) => {
    const where =
      endpoint.kind === 'unix' ? { socketPath: endpoint.path } : { host: endpoint.host, port: endpoint.port }
    const request = http.get({ ...where, path: '/', agent: false }, (response) => {
      response.setEncoding('utf8')
      response.on('data', resolve)
    })
    request.on('error', reject)
  })

afterAll(removeFolders)

const bwrapPath = testBwrap()
const removals = [
  { how: 'by the best means of this machine', options: {} },
  { how: 'by looking through /proc', options: { cgroups: false } },
  ...(bwrapPath === undefined
    ? []
    : [{ how: 'by the end of a namespace', options: { cgroups: false, isolation: 'namespaces' as const, bwrapPath } }]),
]

for (const { how, options } of removals) {
  describe(`removal ${how}`, () => {
    const { test, probe } = withRuntime(options)

    it('ends what forks and exits every few milliseconds, where it says that it ends everything', async () => {
      const mark = `storm-${newId()}`
      // Each lives for some milliseconds, in a session of its own, without a variable of ours.
      const each =
        'n=$1; sleep 0.00$((n % 9 + 1)); exec env -i PATH=/usr/bin:/bin setsid -f /bin/sh -c "$0" "$0" $((n + 1)) $2'
      const script = `f='${each}'
        env -i PATH=/usr/bin:/bin setsid -f /bin/sh -c "$f" "$f" 1 ${mark}; sleep 0.3; echo up; exec sleep 600`
      const ref = await probe().start(script)
      await probe().logged(ref, 'up')
      expect(await seen(mark)).toBe(true)
      await test()
        .runtime.instances.remove(ref)
        .catch(() => undefined)
      const survives = await seen(mark)
      if (survives) await endStorm(mark)
      if (test().runtime.capabilities.removal === 'complete') expect(survives).toBe(false)
    })

    // Numbers of processes mean nothing from inside a namespace to outside.
    const outside = it.skipIf('isolation' in options)
    outside('takes daemons down that left their session, their parent and their environment', async () => {
      const daemons = ['setsid -f', 'setsid', 'env -i setsid'].map(
        (via) => `${via} sh -c 'trap "" TERM; echo pid $$; while :; do sleep 1; done' &`,
      )
      const ref = await probe().start(`${daemons.join('\n')}\nwait; sleep 600`)
      const pids = await until(async () => {
        const found = pidsIn(await probe().log(ref))
        return found.length === 3 ? found : undefined
      })
      await test().runtime.instances.remove(ref)
      expect(pids.filter((pid) => !isGone(pid))).toEqual([])
    })

    outside('leaves nothing behind either when an instance ends by itself or loses its supervisor', async () => {
      const daemon = `setsid -f sh -c 'echo pid $$; while :; do sleep 1; done'`
      const ended = await probe().start(
        daemon + '; while ! grep -q pid "${LAB_SCRATCH%/run-*}/log"; do sleep 0.01; done; exit 4',
      )
      const [pid = 0] = await until(async () => {
        const found = pidsIn(await probe().log(ended))
        return found.length === 1 ? found : undefined
      })
      expect(await probe().ended(ended)).toMatchObject({ code: 4, reason: 'exit' })
      expect(isGone(pid)).toBe(true)

      const lost = await probe().start('echo pid $$ of $PPID; exec sleep 600')
      const [child = 0] = await until(async () => {
        const found = pidsIn(await probe().log(lost))
        return found.length === 1 ? found : undefined
      })
      process.kill(readStat(child)?.parent ?? 0, 'SIGKILL')
      expect(await probe().ended(lost)).toMatchObject({ code: undefined, reason: 'lost' })
      expect(isGone(child)).toBe(true)
    })
  })
}

describe('a server that is killed', () => {
  it('finds its instances again, and does not start them twice', async () => {
    const root = path.join(await newFolder(), 'runtime')
    const workloadId = newId()
    const script = 'echo pid $$; while ! [ -e "$HOME/go" ]; do sleep 0.02; done; echo done; exit 6'
    const server = spawn(
      process.execPath,
      [fileURLToPath(new URL('testing/doomed-server.ts', import.meta.url)), root, workloadId, script],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    await new Promise((resolve) => createInterface({ input: server.stdout }).once('line', resolve))
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGKILL')
    await ended

    const test = await shellRuntime(root)
    const probe = createProbe(test)
    const spec = probe.spec(script, { workloadId })
    expect(await probe.find(spec)).toMatchObject({ phase: 'running', generation: 1 })
    await test.runtime.instances.apply(spec)
    const [pid = 0] = pidsIn(await probe.log(spec))
    expect(isGone(pid)).toBe(false)
    await test.runtime.instances.exec(spec, ['/bin/sh', '-c', ': > "$HOME/go"'], {
      signal: AbortSignal.timeout(10_000),
    })
    expect(await probe.ended(spec)).toMatchObject({ code: 6, reason: 'exit' })
    expect(await probe.log(spec)).toBe(`pid ${pid}\ndone\n`)
    await probe.cleanUp()
    await test.runtime.close()
  })
})

describe('instances as processes', () => {
  const { test, probe } = withRuntime({ logLimitBytes: 256 * 1024 })
  const execPath = process.execPath

  it('have no secret and no environment on disk', async () => {
    const ref = await probe().start('echo up; sleep 600', {
      env: { PLAIN: 'plain-7f3a' },
      secretEnv: { SECRET: 'secret-9b1c' },
    })
    await probe().logged(ref, 'up')
    const grep = promisify(execFile)('grep', ['-rlE', 'plain-7f3a|secret-9b1c', test().root])
    await expect(grep).rejects.toMatchObject({ code: 1, stdout: '' })
    const list = await promisify(execFile)('ps', ['axww', '-o', 'args'])
    expect(list.stdout).not.toContain('secret-9b1c')
    expect(list.stdout).toContain('lab-run.sh project/jobs/probe')
  })

  it('listen on a unix socket if they can be told its name', async () => {
    const ref = await probe().start('', {
      command: [execPath, '-e', SERVER, '{socket:http}'],
      ports: [{ name: 'http', port: 80 }],
    })
    const endpoint = await until(() => test().runtime.instances.endpoint(ref, 'http'))
    expect(endpoint.kind).toBe('unix')
    expect(await get(endpoint)).toMatch(/^pid/)
    expect(await test().runtime.instances.endpoint(ref, 'other')).toBeUndefined()
    await test().runtime.instances.remove(ref)
    expect(await test().runtime.instances.endpoint(ref, 'http')).toBeUndefined()
  })

  it('listen on a port of their own otherwise, which stays theirs over a restart of the server', async () => {
    const serve = (rest: object) => probe().start('', { ports: [{ name: 'http', port: 80 }], ...rest })
    const refs = [
      await serve({ command: [execPath, '-e', SERVER, '{port:http}'] }),
      await serve({ command: ['/bin/sh', '-c', `exec "${execPath}" -e "$0" "$PORT"`, SERVER] }),
    ]
    const answers = async () =>
      Promise.all(
        refs.map(async (ref) => {
          const endpoint = await until(() => test().runtime.instances.endpoint(ref, 'http'))
          return { endpoint, answer: await until(() => get(endpoint).catch(() => undefined)) }
        }),
      )
    const before = await answers()
    const ports = before.map(({ endpoint }) => (endpoint.kind === 'tcp' ? endpoint.port : 0))
    expect(new Set(ports).size).toBe(2)
    for (const port of ports) expect(port >= 20_000 && port <= 31_999).toBe(true)
    await test().reopen()
    expect(await answers()).toEqual(before)
  })

  it('leave the front of a log that grows too long to the file system, and offsets as they were', async () => {
    const ref = await probe().start(
      'i=0; while [ $i -lt 200 ]; do printf "%8192s" $i; i=$((i+1)); sleep 0.002; done; echo; echo end; sleep 600',
    )
    await probe().logged(ref, 'end')
    const file = path.join(test().root, 'instances', `${ref.workloadId}.0`, 'log')
    await until(async () => ((await stat(file)).blocks * 512 < 500 * 1024 ? true : undefined))
    const size = 200 * 8192 + '\nend\n'.length
    expect((await stat(file)).size).toBe(size)
    for await (const { bytes, offset } of test().runtime.instances.logs(ref, { from: 0, follow: false })) {
      expect(offset).toBeGreaterThan(size - 512 * 1024)
      expect(Buffer.from(bytes).includes(0)).toBe(false)
      break
    }
    expect(await probe().log(ref, { from: size - 4 })).toBe('end\n')
  })

  it('tell a terminal in which a command runs from one that waits for somebody', async () => {
    const terminal = (typed: string) =>
      probe().start(`{ ${typed}; exec sleep 600; } | script -qfc 'exec bash --norc -i' /dev/null`)
    const [waiting, busy] = [await terminal('true'), await terminal('echo "sleep 600"')]
    const of = async ({ workloadId }: { workloadId: string }) =>
      (await test().runtime.instances.activity()).find((activity) => activity.workloadId === workloadId)
    await until(async () => ((await of(busy))?.busyTerminals === 1 ? true : undefined))
    // While it starts, a shell runs commands of its own.
    await until(async () => {
      const now = await of(waiting)
      return now?.terminals === 1 && now.busyTerminals === 0 ? true : undefined
    })
    expect(await of(busy)).toMatchObject({ terminals: 1, busyTerminals: 1 })
  })

  it('start with the default reaction to signals, in a session of their own', async () => {
    const ref = await probe().start('echo pid $$; exec sleep 600')
    await probe().logged(ref, 'pid')
    const [pid = 0] = pidsIn(await probe().log(ref))
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    // Bits 0, 1 and 14: SIGHUP, SIGINT, SIGTERM.
    expect(Number.parseInt(/SigIgn:\s*(\w+)/.exec(status)?.[1] ?? '', 16) & 0x4003).toBe(0)
    expect(readStat(pid)?.session).toBe(readStat(pid)?.parent)
    expect((await readFile(`/proc/${pid}/oom_score_adj`, 'utf8')).trim()).toBe('300')
  })

  it('have a socket that fits the kernel even far down in the tree', async () => {
    const deep = path.join(await newFolder(), 'a'.repeat(60), 'b'.repeat(60), 'runtime')
    const other = await shellRuntime(deep)
    const far = createProbe(other)
    const ref = await far.start('', {
      command: [execPath, '-e', SERVER, '{socket:http}'],
      ports: [{ name: 'http', port: 80 }],
    })
    const endpoint = await until(() => other.runtime.instances.endpoint(ref, 'http'))
    expect(await get(endpoint)).toMatch(/^pid/)
    await far.cleanUp()
    await other.runtime.close()
  })
})

/** Whether a process with this word among its arguments was there within half a second. */
async function seen(word: string): Promise<boolean> {
  const deadline = performance.now() + 500
  while (performance.now() < deadline) if ((await findStorm(word)).length > 0) return true
  return false
}

async function findStorm(word: string): Promise<number[]> {
  const found = await promisify(execFile)('ps', ['axww', '-o', 'pid=,args=']).catch(() => ({ stdout: '' }))
  return found.stdout
    .split('\n')
    .filter((line) => line.includes(word))
    .map((line) => Number.parseInt(line, 10))
}

/** What a best effort left: it is hit after some tries. */
async function endStorm(word: string): Promise<void> {
  const deadline = performance.now() + 20_000
  while (performance.now() < deadline && (await seen(word)))
    for (const pid of await findStorm(word)) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It was its short life anyway.
      }
    }
}

function withRuntime(options: Parameters<typeof shellRuntime>[1]): { test: () => Test; probe: () => Probe } {
  let test: Test
  let probe: Probe
  beforeEach(async () => {
    test = await shellRuntime(undefined, options)
    probe = createProbe(test)
  })
  afterEach(async () => {
    await probe.cleanUp()
    await test.runtime.close()
  })
  return { test: () => test, probe: () => probe }
}
