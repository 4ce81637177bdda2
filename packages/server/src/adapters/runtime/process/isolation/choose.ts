import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { messageOf, PortError } from '@mllab/kernel'

import { SYSTEM_PATH } from '../host/host.ts'
import { MARKER_VARIABLE } from '../host/process-table.ts'
import { createIdentities } from './identities.ts'
import type { Isolation } from './isolation.ts'
import { namespacesWall, noWall, usersWall } from './walls.ts'

const run = promisify(execFile)

export interface IsolationInput {
  /** `auto`: the best that really works here. Anything else is taken, or refused with `UNSUPPORTED`. */
  readonly wanted: 'auto' | 'none' | 'users' | 'namespaces'
  /** `<data root>/runtime` */
  readonly root: string
  readonly cacheRoot: string
  /** Default: looked for where the system keeps its programs. */
  readonly bwrap?: string
  /** Whether there is a Python that every user of the machine can start. */
  hasOpenPython(): Promise<boolean>
}

const NO_BWRAP = 'bubblewrap is not installed'

/** Chooses a wall by trying it out: a version or a file that is there says nothing about what a kernel or a container permits. */
export async function chooseIsolation(input: IsolationInput): Promise<Isolation> {
  const { wanted } = input
  if (wanted === 'none') return noWall('That was chosen (LAB_PROCESS_ISOLATION).')
  const identities = process.getuid?.() === 0 ? createIdentities(path.join(input.root, 'identities.json')) : undefined
  const reasons: string[] = []

  if (wanted !== 'users') {
    const bwrap = input.bwrap ?? findProgram('bwrap')
    const wall = bwrap === undefined ? undefined : namespacesWall(bwrap, path.dirname(input.root), identities)
    const reason = wall ? await whyNot(wall, input.root) : NO_BWRAP
    if (wall && reason === undefined) return wall
    reasons.push(`No own namespaces: ${reason}.`)
  }
  if (wanted !== 'namespaces') {
    const wall = identities && usersWall(identities)
    const reason = wall ? await whyNoUsers(wall, input) : 'the server was not started as root'
    if (wall && reason === undefined) return wall
    reasons.push(`No own users: ${reason}.`)
  }
  if (wanted !== 'auto')
    throw new PortError(
      'UNSUPPORTED',
      `LAB_PROCESS_ISOLATION is ${wanted}, and this machine cannot: ${reasons.join(' ')}`,
    )
  return noWall(reasons.join(' '))
}

async function whyNoUsers(wall: Isolation, input: IsolationInput): Promise<string | undefined> {
  const dataRoot = path.dirname(input.root)
  const closed = (await closedFolder(dataRoot, dataRoot)) ?? (await closedFolder(input.cacheRoot, dataRoot))
  if (closed !== undefined)
    return `${closed} is closed to other users, so they would not reach their own files below it; choose another LAB_DATA_ROOT, for example /srv/mllab`
  if (!(await input.hasOpenPython()))
    return 'there is no Python that all users of the machine can start; install one in /usr, or name one in LAB_PYTHON'
  await openWay(input.root)
  return whyNot(wall, input.root)
}

/** The first folder on the way to `place` that others cannot pass; from `own` on they are opened by us. */
async function closedFolder(place: string, own: string): Promise<string | undefined> {
  for (let folder = place; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (folder === own || folder.startsWith(`${own}/`)) continue
    const found = await stat(folder).catch(() => undefined)
    if (found && (found.mode & 0o001) === 0) return folder
  }
  return undefined
}

/** Users pass through the data root to what is theirs; whatever else lies in it is closed to them. */
async function openWay(root: string): Promise<void> {
  const dataRoot = path.dirname(root)
  for (const name of await readdir(dataRoot)) {
    const place = path.join(dataRoot, name)
    const found = await lstat(place)
    if (place !== root && !found.isSymbolicLink() && (found.mode & 0o077) !== 0) await chmod(place, found.mode & 0o700)
  }
  await chmod(root, 0o711)
  await chmod(dataRoot, 0o711)
}

/** Runs something behind the wall as a workload would be run: it must write where it may, and get its variables. */
async function whyNot(wall: Isolation, root: string): Promise<string | undefined> {
  const folder = await mkdtemp(path.join(root, '.probe-'))
  try {
    const identity = await wall.identityOf({ projectId: '.probe', tenant: '.probe' })
    const [own, temporary] = [path.join(folder, 'own'), path.join(folder, 'tmp')]
    for (const place of [own, temporary]) await mkdir(place, { mode: 0o700 })
    await chmod(folder, wall.passable ? 0o711 : 0o700)
    if (identity) for (const place of [own, temporary]) await chown(place, identity.uid, identity.gid)
    await writeFile(path.join(folder, 'closed'), 'x', { mode: 0o600 })
    const word = randomBytes(6).toString('hex')
    const script = `[ ! -r '${folder}/closed' ] && echo "$WORD" >out && cat out`
    const { command, env } = await wall.enclose(
      { command: ['/bin/sh', '-c', script], env: { WORD: word, PATH: SYSTEM_PATH, [MARKER_VARIABLE]: 'probe' } },
      { identity, workingFolder: own, writable: [own], readable: [], temporary, runFolder: folder },
    )
    const [program = '', ...args] = command
    const { stdout } = await run(program, args, { env, timeout: 10_000 })
    return stdout.trim() === word ? undefined : 'a command behind the wall does not behave'
  } catch (error) {
    return lastLine(error)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function findProgram(name: string): string | undefined {
  return SYSTEM_PATH.split(':')
    .map((folder) => path.join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

function lastLine(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
  return (text.trim() === '' ? messageOf(error) : text).trim().split('\n').at(-1) ?? ''
}
