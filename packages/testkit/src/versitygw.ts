import { execFile, spawn } from 'node:child_process'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { delay } from '@mllab/kernel'

/** A real S3 endpoint over a folder (Apache-2.0), from the Go module proxy. */
const MODULE = 'github.com/versity/versitygw/cmd/versitygw'
const VERSION = 'v1.8.0'

/** Ends with the process that started it, however that ends: then the pipe to its input closes. */
const KEEPER = `
"$@" &
cat >/dev/null
kill -KILL $!
`

export interface RunningGateway {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  stop(): Promise<void>
}

/** Starts the gateway on a free port of the loopback over a fresh folder; builds it the first time (two minutes, 80 MB). */
export async function startVersitygw(): Promise<RunningGateway> {
  const binary = await ensureBinary()
  const folder = await mkdtemp(path.join(tmpdir(), 'mllab-s3-'))
  const accessKey = 'test'
  const secretKey = 'test-secret'
  const port = await freePort()
  const args = [
    '--access',
    accessKey,
    '--secret',
    secretKey,
    '--port',
    `127.0.0.1:${port}`,
    '--keep-alive',
    '--quiet',
    'posix',
    folder,
  ]
  // Not in the terminal's group: Ctrl-C is for the test run, which then closes the pipe.
  const child = spawn('/bin/sh', ['-c', KEEPER, 'keeper', binary, ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    child.stdin.end()
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await answering(port)
  } catch (error) {
    await stop()
    throw new Error(`versitygw did not start: ${complaint.trim() || 'it said nothing'}`, { cause: error })
  }
  return { endpoint: `http://127.0.0.1:${port}`, accessKey, secretKey, stop }
}

async function ensureBinary(): Promise<string> {
  const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'mllab-test', 's3')
  const binary = path.join(cache, `versitygw-${VERSION}`)
  const present = await access(binary).then(
    () => true,
    () => false,
  )
  if (present) return binary
  console.log(`Building versitygw ${VERSION} for the tests on S3, once for this machine: two minutes`)
  await mkdir(cache, { recursive: true })
  const building = await mkdtemp(path.join(cache, 'building-'))
  try {
    const env = { ...process.env, GOBIN: building, GOFLAGS: '-mod=mod' }
    await promisify(execFile)('go', ['install', `${MODULE}@${VERSION}`], { env, cwd: building, timeout: 600_000 })
    // Two builds at once end in the same place; a broken one never does.
    await rename(path.join(building, 'versitygw'), binary)
  } finally {
    await rm(building, { recursive: true, force: true })
  }
  return binary
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}

async function answering(port: number): Promise<void> {
  const signal = AbortSignal.timeout(15_000)
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/`, { signal }).then(
      () => true,
      () => false,
    )
    if (answered) return
    await delay(20, signal)
  }
}
