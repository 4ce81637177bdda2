import { randomBytes } from 'node:crypto'
import { access, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'

import { delay, hasCode, messageOf, type Log } from '@mllab/kernel'

import { SYSTEM_PATH, type Host } from '../host/host.ts'
import { MARKER_VARIABLE } from '../host/process-table.ts'
import type { ProcessIdentity } from '../host/proc.ts'
import type { InstalledImage } from '../images/installed-image.ts'
import { runFiles } from '../instances/record.ts'
import { hashName, type Layout } from '../layout.ts'

/** A process that has imported what an image needs and belongs to nobody yet. It stands under a wrapper as every instance does. */
export interface WarmProcess {
  readonly run: string
  readonly marker: string
  readonly identity: ProcessIdentity
  /** Its run folder; the process goes on when it is moved. */
  readonly folder: string
  readonly socket: string
  readonly imageKey: string
}

export interface WarmOrder {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly log: string
  readonly uid: number | null
  readonly gid: number | null
}

export interface WarmPool {
  /** One process of this image, if one is ready. The caller owns it. */
  take(image: InstalledImage): Promise<WarmProcess | undefined>
  /** Sees to it that one will be ready, after what happens now has had the machine to itself. */
  refill(image: InstalledImage): void
  close(): Promise<void>
}

/** What an image brings that can be kept warm. */
const PROGRAM = 'warm.py'
const REFILL_AFTER_MS = 3000
const HANDOVER_MS = 5000

export const NO_WARM_POOL: WarmPool = {
  take: async () => undefined,
  refill: () => undefined,
  close: async () => undefined,
}

/** One process for each image that is in use; what an earlier server left is ended first. */
export async function createWarmPool(input: { layout: Layout; host: Host; log: Log }): Promise<WarmPool> {
  const { layout, host, log } = input
  const parent = path.join(layout.root, 'warm')
  const ready = new Map<string, WarmProcess>()
  const closing = new AbortController()
  const filling = new Set<string>()
  await sweep(parent, layout.id, host)

  const end = async (warm: WarmProcess) => {
    await host.end({ marker: warm.marker, wrapper: warm.identity }, 0)
    await rm(warm.folder, { recursive: true, force: true })
    await rm(warm.socket, { force: true })
  }

  const fill = async (image: InstalledImage) => {
    if (!(await canBeWarm(image)) || ready.has(image.key)) return
    // An older version of the image will not be asked for again soon.
    for (const [key, warm] of ready)
      if (warm.folder.includes(`/${nameOf(image)}-`) && ready.delete(key)) await end(warm)
    ready.set(image.key, await startWarm(image, { layout, host, parent }))
  }

  return {
    take: async (image) => {
      const warm = ready.get(image.key)
      if (!warm || !(await isThere(warm.socket))) return undefined
      ready.delete(image.key)
      const [alive] = await host.alive([warm.identity])
      if (alive) return warm
      await end(warm)
      return undefined
    },
    refill: (image) => {
      if (filling.has(image.key) || ready.has(image.key)) return
      filling.add(image.key)
      void delay(REFILL_AFTER_MS, closing.signal)
        .then(() => fill(image))
        .catch((error: unknown) => {
          if (!closing.signal.aborted)
            log.warn('no process could be kept ready', { image: image.ref, error: messageOf(error) })
        })
        .finally(() => filling.delete(image.key))
    },
    close: async () => {
      closing.abort(new Error('closed'))
      for (const warm of ready.values()) await end(warm)
      ready.clear()
      await rm(parent, { recursive: true, force: true })
    },
  }
}

async function startWarm(
  image: InstalledImage,
  { layout, host, parent }: { layout: Layout; host: Host; parent: string },
): Promise<WarmProcess> {
  const run = randomBytes(6).toString('hex')
  const folder = path.join(parent, `${nameOf(image)}-run-${run}`)
  const marker = markerOf(layout.id, run)
  const socket = path.join(layout.sockets, `w${hashName(run)}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(runFiles(folder).exit, 'running'.padEnd(20) + '\n', { mode: 0o600 })
  const python = path.join(image.environment ?? '', 'bin', 'python')
  const identity = await host.spawn({
    name: `warm ${image.ref}`,
    runFolder: folder,
    logFile: path.join(folder, 'log'),
    groups: undefined,
    limits: { processes: 0 },
    command: [python, '-u', path.join(image.folder, PROGRAM), socket],
    env: { PATH: SYSTEM_PATH, LANG: 'C.UTF-8', HOME: folder, [MARKER_VARIABLE]: marker },
    workingFolder: '/',
  })
  return { run, marker, identity, folder, socket, imageKey: image.key }
}

/** Makes it what it was kept for. Fails if it does not answer; then it has to be ended. */
export async function handOver(warm: WarmProcess, order: WarmOrder): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = net.connect(warm.socket)
    socket.setTimeout(HANDOVER_MS, () => socket.destroy(new Error('the process that was kept ready does not answer')))
    socket.on('connect', () => socket.write(`${JSON.stringify(order)}\n`))
    socket.on('data', () => {
      resolve()
      socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the process that was kept ready ended')))
  })
}

/** While nothing says who runs in its folder, a server that starts anew ends it instead of taking it for an instance. */
export async function hideIdentity(folder: string): Promise<void> {
  await rename(path.join(folder, 'pid'), path.join(folder, 'pid.warm'))
}

export async function showIdentity(folder: string): Promise<void> {
  await rename(path.join(folder, 'pid.warm'), path.join(folder, 'pid'))
}

async function sweep(parent: string, layoutId: string, host: Host): Promise<void> {
  const names = await readdir(parent).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  })
  for (const name of names) {
    const identity = await runFiles(path.join(parent, name)).readIdentity()
    const marker = markerOf(layoutId, name.slice(-12))
    if (identity) await host.end({ marker, wrapper: identity }, 0)
  }
  await rm(parent, { recursive: true, force: true })
}

async function canBeWarm(image: InstalledImage): Promise<boolean> {
  if (image.environment === undefined) return false
  const needed = [path.join(image.folder, PROGRAM), path.join(image.environment, 'preload.txt')]
  return (await Promise.all(needed.map(isThere))).every(Boolean)
}

function markerOf(layoutId: string, run: string): string {
  return `${layoutId}-warm-${run}`
}

function nameOf(image: InstalledImage): string {
  return hashName(image.ref)
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch {
    return false
  }
}
