/**
 * The gateway against what people put in front of notebooks: nginx with `auth_request` and an access log, and
 * configurable-http-proxy (without access checks, without a log). The same app behind all, 50 connections, in turn, the best round of
 * each.
 *
 *     node bench/gateway.ts            needs nginx and wrk on the PATH; fetches configurable-http-proxy with npm
 *
 * Each proxy has one process with one thread, and with taskset a core for itself (nginx shares it with the service it asks); app and
 * load share the other. Access is a lookup of a cookie for all who check it. CPU is that of the proxy's side, from /proc.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { connect, createServer as createNetServer, type AddressInfo } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { silentLog, systemClock } from '../packages/kernel/src/index.ts'
import { createGateway, createListener, type AccessRecord } from '../packages/gateway/src/index.ts'

const run = promisify(execFile)
const ROUNDS = 5
const SECONDS = 2
const LOADS = [
  { name: '1 kB', url: '/1000', connections: 50 },
  { name: '100 kB', url: '/100000', connections: 50 },
  // Nobody waits for anybody: the p50 is what a proxy adds to one request.
  { name: '1 kB', url: '/1000', connections: 1 },
]
type Load = (typeof LOADS)[number]
const LABEL = 'bench-aaaaaaaa'
const SECRET = 'x'.repeat(43)
const COOKIE = `__Host-lab-app-1=${SECRET}`
const CHP_VERSION = '5.3.0'
const NGINX = 'nginx auth_request'
const CHP = 'CHP, no auth'
const LOAD_CORE = 0
const PROXY_CORE = 1

const [, , role, ...args] = process.argv
if (role === 'app') serveApp(Number(args[0]))
else if (role === 'auth') serveAuth(Number(args[0]))
else if (role === 'gateway') await serveGateway(Number(args[0]), Number(args[1]), args[2] ?? '')
else await compare()

async function compare(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-gateway-'))
  const children: ChildProcess[] = []
  try {
    const [app, auth, gateway, nginx, chp, chpApi] = await freePorts(6)
    const chpProgram = await installChp()
    const target = `http://127.0.0.1:${app}`
    const chpArgs = [
      '--ip',
      '127.0.0.1',
      '--port',
      `${chp}`,
      '--api-port',
      `${chpApi}`,
      '--default-target',
      target,
      '--log-level',
      'error',
    ]
    const own = (child: ChildProcess) => {
      children.push(child)
      return child.pid ?? 0
    }
    const appPid = own(self(LOAD_CORE, 'app', app))
    const authPid = own(self(PROXY_CORE, 'auth', auth))
    const rivals: Rival[] = [
      { name: 'direct', port: app, pids: [appPid] },
      {
        name: 'gateway',
        port: gateway,
        pids: [own(self(PROXY_CORE, 'gateway', gateway, app, path.join(folder, 'gateway.log')))],
      },
      { name: NGINX, port: nginx, pids: [own(startNginx(folder, nginx, app, auth)), authPid] },
      { name: CHP, port: chp, pids: [own(start(PROXY_CORE, process.execPath, [chpProgram, ...chpArgs]))] },
    ]
    await Promise.all([...rivals.map(({ port }) => port), auth].map(reachable))
    for (const load of LOADS) printTable(load, await measureAll(rivals, load))
  } finally {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Rival {
  readonly name: string
  readonly port: number
  /** Processes that do its work. */
  readonly pids: readonly number[]
}

interface Measured {
  readonly perSecond: number
  readonly p50: string
  readonly p99: string
  readonly cpuMicroseconds: number
}

/** Rounds in turn, of which each gets its best: what else the machine does hits some of them, and slows nobody down in all. */
async function measureAll(rivals: readonly Rival[], load: Load): Promise<Map<string, Measured>> {
  const results = new Map<string, Measured>()
  for (const rival of rivals) await measure(rival, load, 1)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const rival of rivals) {
      const measured = await measure(rival, load, SECONDS)
      const best = results.get(rival.name)
      if (!best || measured.perSecond > best.perSecond) results.set(rival.name, measured)
    }
  }
  return results
}

async function measure({ port, pids }: Rival, { url, connections }: Load, seconds: number): Promise<Measured> {
  const headers = ['-H', `Host: ${LABEL}.localhost:${port}`, '-H', `Cookie: ${COOKIE}`]
  const wrk = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...headers, `http://127.0.0.1:${port}${url}`]
  const [program, ...parts] = pinned(LOAD_CORE, 'wrk', wrk)
  const cpuBefore = cpuSeconds(pids)
  const { stdout } = await run(program, parts)
  const cpu = cpuSeconds(pids) - cpuBefore
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`not all answers were good:\n${stdout}`)
  const find = (pattern: RegExp) => pattern.exec(stdout)?.[1] ?? '?'
  return {
    perSecond: Number(find(/Requests\/sec:\s+([\d.]+)/)),
    p50: find(/^\s+50%\s+(\S+)/m),
    p99: find(/^\s+99%\s+(\S+)/m),
    cpuMicroseconds: (cpu * 1e6) / Number(find(/(\d+) requests in/)),
  }
}

/** User and system time of processes; a tick is 10 ms on Linux. NaN elsewhere. */
function cpuSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const file = `/proc/${pid}/stat`
    const fields = existsSync(file) ? readFileSync(file, 'utf8').split(') ')[1]?.split(' ') : undefined
    return Number(fields?.[11] ?? Number.NaN) + Number(fields?.[12] ?? Number.NaN)
  })
  return ticks.reduce((sum, one) => sum + one, 0) / 100
}

function printTable({ name: size, connections }: Load, results: ReadonlyMap<string, Measured>): void {
  const nginx = results.get(NGINX)?.perSecond ?? Number.NaN
  const chp = results.get(CHP)?.perSecond ?? Number.NaN
  console.log(
    `\n${size}, ${connections} ${connections === 1 ? 'connection' : 'connections'}, best of ${ROUNDS} rounds of ${SECONDS} s\n`,
  )
  console.log('| | req/s | × nginx | × CHP | p50 | p99 | CPU µs/req |\n|---|---|---|---|---|---|---|')
  for (const [name, { perSecond, p50, p99, cpuMicroseconds }] of results) {
    const ratios = `${(perSecond / nginx).toFixed(2)} | ${(perSecond / chp).toFixed(2)}`
    console.log(`| ${name} | ${Math.round(perSecond)} | ${ratios} | ${p50} | ${p99} | ${Math.round(cpuMicroseconds)} |`)
  }
}

function serveApp(port: number): void {
  const bodies = new Map(LOADS.map(({ url }) => [url, Buffer.alloc(Number(url.slice(1)), 'x')]))
  serve(port, (req, res) => {
    const body = bodies.get(req.url ?? '') ?? Buffer.from('?')
    res.writeHead(200, ['Content-Type', 'text/plain', 'Content-Length', String(body.length)])
    res.end(body)
  })
}

/** nginx asks this for each request. */
function serveAuth(port: number): void {
  const sessions = new Map([[COOKIE, 'ann']])
  serve(port, (req, res) => {
    res.writeHead(sessions.has(req.headers.cookie ?? '') ? 200 : 401, ['Content-Length', '0'])
    res.end()
  })
}

async function serveGateway(port: number, appPort: number, logFile: string): Promise<void> {
  const gateway = createGateway({
    config: {
      publicOrigin: `http://localhost:${port}`,
      basePath: '',
      mainHosts: [],
      appsHost: 'localhost',
      instanceTag: '1',
      trustedProxies: [],
    },
    routes: {
      current: () => ({
        version: 1,
        routes: [
          {
            id: 'bench',
            label: LABEL,
            stripPrefix: true,
            fallback: 'none',
            audience: '1',
            upstream: { state: 'ready', endpoints: [{ kind: 'tcp', host: '127.0.0.1', port: appPort }] },
          },
        ],
      }),
      subscribe: () => () => undefined,
    },
    access: {
      decide: ({ secret }) =>
        secret === SECRET ? { verdict: 'allow', user: 'ann', owner: true } : { verdict: 'unauthenticated' },
      enter: async () => undefined,
      routeOf: () => undefined,
      subscribe: () => () => undefined,
    },
    platform: { handle: (_req, res) => void res.end(), upgrade: (_req, socket) => void socket.destroy() },
    accessLog: bufferedLog(logFile),
    log: silentLog,
    clock: systemClock,
  })
  await createListener({ gateway }).listen({ host: '127.0.0.1', port })
}

/** One JSON line each, written at 64 kB or after 200 ms. */
function bufferedLog(file: string): (record: AccessRecord) => void {
  const out = createWriteStream(file)
  let text = ''
  const flush = () => {
    if (text !== '') out.write(text)
    text = ''
  }
  setInterval(flush, 200)
  return (record) => {
    text += `${JSON.stringify(record)}\n`
    if (text.length > 64 * 1024) flush()
  }
}

function startNginx(folder: string, port: number, appPort: number, authPort: number): ChildProcess {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ')
  writeFileSync(
    path.join(folder, 'nginx.conf'),
    `worker_processes 1; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; daemon off; events { worker_connections 4096; }
http {
  ${temporary}
  log_format json escape=json '{"at":"$msec","client":"$remote_addr","method":"$request_method","host":"$host","path":"$uri","status":$status,"bytes":$body_bytes_sent,"time":$request_time}';
  access_log ${folder}/access.log json buffer=64k flush=1s;
  keepalive_requests 1000000;
  upstream app { server 127.0.0.1:${appPort}; keepalive 64; keepalive_requests 1000000; }
  upstream auth { server 127.0.0.1:${authPort}; keepalive 64; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      auth_request /auth;
      proxy_pass http://app; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
    }
    location = /auth {
      internal;
      proxy_pass http://auth; proxy_http_version 1.1; proxy_pass_request_body off;
      proxy_set_header Connection ""; proxy_set_header Content-Length "";
    }
  }
}
`,
  )
  return start(PROXY_CORE, 'nginx', ['-p', folder, '-c', path.join(folder, 'nginx.conf')])
}

async function installChp(): Promise<string> {
  const folder = path.join(tmpdir(), `mllab-bench-chp-${CHP_VERSION}`)
  const program = path.join(folder, 'node_modules/configurable-http-proxy/bin/configurable-http-proxy')
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true })
    await run('npm', ['install', '--prefix', folder, '--ignore-scripts', `configurable-http-proxy@${CHP_VERSION}`])
  }
  return program
}

function serve(port: number, handler: RequestListener): void {
  createServer({ keepAliveTimeout: 60_000 }, handler).listen(port, '127.0.0.1')
}

function self(core: number, ...parts: (string | number)[]): ChildProcess {
  return start(core, process.execPath, [fileURLToPath(import.meta.url), ...parts.map(String)])
}

function start(core: number, name: string, parts: readonly string[]): ChildProcess {
  const [program, ...rest] = pinned(core, name, parts)
  return spawn(program, rest, { stdio: ['ignore', 'ignore', 'inherit'] })
}

function pinned(core: number, program: string, parts: readonly string[]): [string, ...string[]] {
  const canPin = availableParallelism() > 1 && existsSync('/usr/bin/taskset')
  return canPin ? ['/usr/bin/taskset', '-c', `${core}`, program, ...parts] : [program, ...parts]
}

async function freePorts<const N extends number>(count: N): Promise<Tuple<number, N>>
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createNetServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  // A TCP server that listens has an AddressInfo.
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

type Tuple<T, N extends number, R extends T[] = []> = R['length'] extends N ? R : Tuple<T, N, [...R, T]>

async function reachable(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const socket = connect(port, '127.0.0.1')
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`nothing listens on ${port}`)
}
