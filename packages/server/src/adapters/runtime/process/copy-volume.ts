import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, chown, mkdir, open, readdir, rename, stat, type FileHandle } from 'node:fs/promises'
import path from 'node:path'

import { crashPoint, hasCode, PortError } from '@mllab/kernel'

import { SYSTEM_PATH } from './host/host.ts'
import type { Identity } from './isolation/identities.ts'
import type { Isolation } from './isolation/isolation.ts'
import { giveEach } from './isolation/place.ts'
import { removeFolder } from './remove-folder.ts'

/** Names of half copies among volumes; no volume begins so. */
export const HALF_COPY = '.copy-'

export interface CopyOptions {
  readonly signal: AbortSignal
  readonly onProgress: (doneBytes: number) => void
}

interface CopyPlace {
  readonly trash: string
  readonly isolation: Isolation
  readonly usage: (folder: string) => Promise<number>
}

interface CopyRun {
  readonly source: string
  readonly half: string
  /** A folder that may be made meanwhile. */
  readonly aside: string
  readonly isolation: Isolation
  readonly owner: Identity
}

const env = { PATH: SYSTEM_PATH, LC_ALL: 'C' }
const FLAGS = ['--archive', '--reflink=auto', '--no-target-directory']
const PROGRESS_EVERY_MS = 1000
const LAST_OUTPUT = 2000

/**
 * Copies a folder beside `target` and puts it in its place; what lay there goes to `trash`. The copying is done as whom the source belongs
 * to, from folders that were opened before: a program that swaps files for links meanwhile leads nowhere it could not go itself.
 */
export async function copyFolder(
  source: string,
  target: string,
  { trash, isolation, usage, signal, onProgress }: CopyOptions & CopyPlace,
): Promise<void> {
  const mark = randomBytes(6).toString('hex')
  const aside = path.join(trash, `copying-${mark}`)
  const half = path.join(path.dirname(target), HALF_COPY + mark)
  const { uid, gid, mode, ino } = await stat(source)
  await mkdir(half, { mode: mode & 0o777 })
  try {
    if (process.getuid?.() === 0) await chown(half, uid, gid)
    const watching = new AbortController()
    const watched = watchSize(half, usage, onProgress, watching.signal)
    try {
      await runCopy({ source, half, aside, isolation, owner: { uid, gid } }, signal)
    } catch (error) {
      signal.throwIfAborted()
      await requireThere(source, ino)
      throw error
    } finally {
      watching.abort()
      await watched
      await removeFolder(aside)
    }
    signal.throwIfAborted()
    await requireThere(source, ino)
    const old = path.join(trash, `${path.basename(target)}-${mark}`)
    crashPoint('volume-copy/whole')
    await rename(target, old).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error
    })
    crashPoint('volume-copy/old-aside')
    try {
      await rename(half, target)
    } catch (error) {
      await rename(old, target).catch(() => undefined)
      throw error
    }
    crashPoint('volume-copy/placed')
    await removeFolder(old)
  } catch (error) {
    await removeFolder(half)
    throw error
  }
}

/**
 * What a crash left of copies. Where one was just about to take the place of what lay there, that comes back from `trash`: whether the
 * copy is made again, and succeeds then, nobody knows.
 */
export async function forgetHalfCopies(volumes: string, trash: string): Promise<void> {
  const thrown = await readdir(trash)
  for (const half of (await readdir(volumes)).filter((name) => name.startsWith(HALF_COPY))) {
    const ending = `-${half.slice(HALF_COPY.length)}`
    const old = thrown.find((name) => name.endsWith(ending) && name !== `copying${ending}`)
    const target = old && path.join(volumes, old.slice(0, -ending.length))
    if (target && !(await isThere(target))) await rename(path.join(trash, old), target)
    await removeFolder(path.join(volumes, half))
  }
}

function isThere(folder: string): Promise<boolean> {
  return access(folder).then(
    () => true,
    () => false,
  )
}

/** What vanished with its source would be missing in the copy, and nobody would know. */
async function requireThere(source: string, ino: number): Promise<void> {
  if ((await stat(source).catch(() => undefined))?.ino !== ino)
    throw new PortError('NOT_FOUND', 'what was to be copied has been removed meanwhile')
}

async function runCopy(run: CopyRun, signal: AbortSignal): Promise<void> {
  const target = await open(run.half, 'r')
  try {
    const child = await (run.isolation.mode === 'namespaces' ? startBehindWall(run) : startAsOwner(run, target))
    let output = ''
    child.stderr?.on('data', (data: Buffer) => (output = (output + data.toString('utf8')).slice(-LAST_OUTPUT)))
    const end = () => child.kill('SIGKILL')
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    signal.removeEventListener('abort', end)
    signal.throwIfAborted()
    if (code !== 0 && !onlyVanished(output))
      throw new PortError(/No space left|quota exceeded/i.test(output) ? 'STORAGE_FULL' : 'UNAVAILABLE', output.trim())
  } finally {
    await target.close()
  }
}

/** The working folder is entered before the rights of root are given up. */
async function startAsOwner({ source, owner }: CopyRun, target: FileHandle): Promise<ChildProcess> {
  return spawn('cp', [...FLAGS, '.', '/proc/self/fd/3/.'], {
    cwd: source,
    env,
    stdio: ['ignore', 'ignore', 'pipe', target.fd],
    ...(process.getuid?.() === 0 ? owner : {}),
  })
}

/** What workloads do not see, because they have namespaces of their own, a copy of their files does not see either. */
async function startBehindWall({ source, half, aside, isolation, owner }: CopyRun): Promise<ChildProcess> {
  const identity = process.getuid?.() === 0 ? owner : undefined
  const temporary = path.join(aside, 'tmp')
  for (const folder of [aside, temporary]) await mkdir(folder, { mode: 0o700 })
  if (identity) await giveEach([temporary], identity)
  const { command, env: packed } = await isolation.enclose(
    { command: ['cp', ...FLAGS, '.', `${half}/.`], env },
    { identity, workingFolder: source, writable: [half], readable: [source], temporary, runFolder: aside },
  )
  const [program = '', ...args] = command
  return spawn(program, args, { cwd: '/', env: packed, stdio: ['ignore', 'ignore', 'pipe'] })
}

/** Files that a running program removed while they were looked at, and sockets nobody can copy, are no reason to fail. */
function onlyVanished(output: string): boolean {
  const lines = output.trim().split('\n')
  return output !== '' && lines.every((line) => line.endsWith('No such file or directory'))
}

async function watchSize(
  folder: string,
  usage: (folder: string) => Promise<number>,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PROGRESS_EVERY_MS)
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
    })
    if (!signal.aborted) onProgress(await usage(folder).catch(() => 0))
  }
}
