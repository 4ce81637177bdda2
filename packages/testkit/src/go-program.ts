import { execFile, spawn } from 'node:child_process'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

export interface GoProgram {
  readonly module: string
  readonly version: string
  /** About how long it takes to build, for people. */
  readonly takes: string
}

/** Path of a program from the Go module proxy, built the first time on this machine. Rejects without Go. */
export async function goProgram({ module, version, takes }: GoProgram): Promise<string> {
  const name = path.basename(module)
  const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'mllab-test', 'go')
  const binary = path.join(cache, `${name}-${version}`)
  const present = await access(binary).then(
    () => true,
    () => false,
  )
  if (present) return binary
  console.log(`Building ${name} ${version} for the tests, once for this machine: ${takes}`)
  await mkdir(cache, { recursive: true })
  const building = await mkdtemp(path.join(cache, 'building-'))
  try {
    const env = { ...process.env, GOBIN: building, GOFLAGS: '-mod=mod' }
    await promisify(execFile)('go', ['install', `${module}@${version}`], { env, cwd: building, timeout: 600_000 })
    // Two builds at once end in the same place; a broken one never does.
    await rename(path.join(building, name), binary)
  } finally {
    await rm(building, { recursive: true, force: true })
  }
  return binary
}

/** Ends with the process that started it, however that ends: then the pipe to its input closes. */
const KEEPER = `
"$@" &
cat >/dev/null
kill -KILL $!
`

export interface KeptProgram {
  /** What it wrote to stderr. */
  complaint(): string
  stop(): Promise<void>
}

export function keepRunning(
  binary: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): KeptProgram {
  // Not in the terminal's group: Ctrl-C is for the test run, which then closes the pipe.
  const child = spawn('/bin/sh', ['-c', KEEPER, 'keeper', binary, ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
    env: { ...process.env, ...env },
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    complaint: () => complaint.trim(),
    stop: async () => {
      child.stdin.end()
      await ended
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}
