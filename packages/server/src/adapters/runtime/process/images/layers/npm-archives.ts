import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'

import { deadline, hasCode, isPortError, PortError, retry, type Clock } from '@mllab/kernel'

import { sweepTemporaries, temporaryFolder } from '../builders.ts'
import { KEPT_UNUSED_MS, markUsed } from '../retention.ts'

export interface ArchiveRequest {
  /** Of the archive on the registry: `/code-server/-/code-server-4.139.1.tgz`. */
  readonly pathname: string
  /** npm's: `sha512-<base64>`. */
  readonly integrity: string
}

export interface NpmArchives {
  /** A file with exactly these bytes; from the cache if they are there. `onBytes` hears how much of how much has come (0 if nobody knows). */
  fetch(
    request: ArchiveRequest,
    options: { readonly signal: AbortSignal; readonly onBytes?: (done: number, total: number) => void },
  ): Promise<string>
  /** Removes what no build has asked for in 30 days. */
  removeUnused(): Promise<void>
}

const DEADLINE_MS = 600_000
/** Node's is the largest: 60 MB. */
const MAX_BYTES = 512 * 1024 * 1024
const DIGESTS = ['sha512', 'sha384', 'sha256']

/** Archives of the npm registry, checked against their digests, kept by them: what was fetched once needs no network again. */
export async function createNpmArchives(input: {
  folder: string
  registryUrl: string
  clock: Clock
}): Promise<NpmArchives> {
  const { folder, registryUrl, clock } = input
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await sweepTemporaries(folder)

  return {
    fetch: async ({ pathname, integrity }, { signal, onBytes }) => {
      const { algorithm, digest } = parseIntegrity(integrity)
      const file = path.join(folder, `${algorithm}-${digest.toString('hex')}`)
      if (await isWhole(file, algorithm, digest)) {
        await markUsed(file, clock)
        return file
      }
      const temporary = await temporaryFolder(folder)
      try {
        const partial = path.join(temporary, 'archive')
        const download = () => downloadTo(partial, urlOf(registryUrl, pathname), { algorithm, digest, signal, onBytes })
        await retry(download, { attempts: 3, firstDelayMs: 500, maxDelayMs: 2000, signal, when: isPassing })
        await rename(partial, file)
      } finally {
        await rm(temporary, { recursive: true, force: true })
      }
      return file
    },
    removeUnused: async () => {
      for (const name of await readdir(folder)) {
        if (name.startsWith('.')) continue
        const file = path.join(folder, name)
        const found = await stat(file).catch(() => undefined)
        if (found && clock.now() - found.mtimeMs > KEPT_UNUSED_MS) await rm(file, { force: true })
      }
    },
  }
}

interface Download {
  readonly algorithm: string
  readonly digest: Buffer
  readonly signal: AbortSignal
  readonly onBytes: ((done: number, total: number) => void) | undefined
}

/** Whole, or a failure; the rename afterwards is what makes it exist. */
async function downloadTo(
  file: string,
  { url, headers }: { url: URL; headers: Record<string, string> },
  { algorithm, digest, signal, onBytes }: Download,
): Promise<void> {
  const limited = deadline(DEADLINE_MS, signal)
  const hash = createHash(algorithm)
  const handle = await open(file, 'w', 0o600)
  try {
    const response = await get(url, headers, limited)
    const total = Number(response.headers.get('content-length') ?? 0)
    let done = 0
    for await (const chunk of bodyOf(response, url, limited)) {
      done += chunk.byteLength
      if (done > MAX_BYTES) throw new PortError('INVALID', `${url.pathname} is too large`)
      hash.update(chunk)
      await handle.writeFile(chunk)
      onBytes?.(done, total)
    }
    const found = hash.digest()
    if (!found.equals(digest))
      throw new PortError(
        'CORRUPT',
        `${url.pathname} has another ${algorithm} than the one that is expected: ${found.toString('base64')}`,
      )
  } finally {
    await handle.close()
  }
}

async function* bodyOf(response: Response, url: URL, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    // Absent for an empty answer only.
    if (response.body) yield* response.body
  } catch (cause) {
    signal.throwIfAborted()
    throw unreachable(url, cause)
  }
}

async function get(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, { headers, signal })
  } catch (cause) {
    signal.throwIfAborted()
    throw unreachable(url, cause)
  }
  if (response.ok) return response
  const retryable = response.status >= 500 || response.status === 429
  throw new PortError('UNAVAILABLE', `the npm registry answered ${response.status} to ${url.pathname}`, { retryable })
}

function unreachable(url: URL, cause: unknown): PortError {
  return new PortError('UNAVAILABLE', `the npm registry at ${url.host} cannot be reached`, { cause, retryable: true })
}

function isPassing(error: unknown): boolean {
  return isPortError(error, 'UNAVAILABLE') && error.retryable
}

/** Credentials of the registry's address travel as a header. */
function urlOf(registryUrl: string, pathname: string): { url: URL; headers: Record<string, string> } {
  const url = new URL(registryUrl.replace(/\/+$/, '') + pathname)
  if (url.username === '') return { url, headers: {} }
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  return { url, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } }
}

function parseIntegrity(integrity: string): { algorithm: string; digest: Buffer } {
  for (const part of integrity.split(/\s+/)) {
    const [algorithm = '', base64 = ''] = part.split('-', 2)
    if (DIGESTS.includes(algorithm)) return { algorithm, digest: Buffer.from(base64, 'base64') }
  }
  throw new PortError('INVALID', `no digest that can be trusted: ${integrity}`)
}

async function isWhole(file: string, algorithm: string, digest: Buffer): Promise<boolean> {
  try {
    return createHash(algorithm)
      .update(await readFile(file))
      .digest()
      .equals(digest)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}
