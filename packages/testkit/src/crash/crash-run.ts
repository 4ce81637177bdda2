import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'

import { messageOf } from '@mllab/kernel'
import { createClient } from '@mllab/sdk'

import type { Caller } from './caller.ts'
import { integrityOf } from './evidence.ts'
import { writeImages } from './images.ts'
import { actUntilDeleted } from './load.ts'
import { endProcesses, runningOn, type Running } from './processes.ts'
import { startAndCrash, startAndKill, startProgram, type Program } from './program.ts'
import { createRandom } from './random.ts'
import { scenarios, startPoints } from './scenarios.ts'
import { unreachable, untilSettled, type Settled, type Wanted } from './settled.ts'
import { adminToken, isAccepted, tokenOf } from './sign-in.ts'
import { createTenant, type Tenant } from './tenant.ts'

/**
 * How a server ends under load: killed at a random moment, killed at a random crash point, killed at a moment and once more while it starts
 * again, or asked to stop.
 */
export type RandomEnd = 'moment' | 'point' | 'start' | 'stop'

/** One server that is killed again and again; after each kill it is started on what it left, and everything is checked. */
export interface CrashRun {
  readonly kills: number
  /** From the start of the program to the last of what it had to do, the slowest. */
  readonly slowestRecoveryMs: number
  /** Leads to the crash point, where the server kills itself. Throws with what is wrong afterwards. */
  at(point: string): Promise<void>
  /** All tenants at once until the server ends. Throws with what is wrong after the next start. */
  atRandom(how: RandomEnd): Promise<void>
  /** Stops the server as an operator does, looks at what it leaves, and removes it. */
  close(): Promise<void>
  /** Ends everything and keeps the folder: after something was wrong. */
  abandon(): Promise<void>
}

const PASSWORD = 'a long enough phrase'
const TENANTS = 3
const KILL_AFTER_MS = [20, 400] as const
const MOST_POINTS = 60
const KILL_START_AFTER_MS = [50, 900] as const
const CRASH_MS = 15_000
/** A lease lasts 15 s; whoever waits for one is late. */
const SETTLE_MS = 10_000

/** Keeps everything below `folder`. The first start is killed between two migrations already. */
export async function openCrashRun({ folder, seed }: { folder: string; seed: number }): Promise<CrashRun> {
  const random = createRandom(seed)
  const dataRoot = path.join(folder, 'data')
  await mkdir(dataRoot, { recursive: true })
  const options = { dataRoot, imagesRoot: await writeImages(path.join(folder, 'images')), adminPassword: PASSWORD }
  const tenants: Tenant[] = []
  const voidTokens = new Set<string>()
  /** What ran when nothing was left to do, the last time. */
  let calm: ReadonlyMap<string, Running> = new Map()
  let calmWanted: readonly Wanted[] = []
  let made = 0
  let kills = 0
  let slowestRecoveryMs = 0

  for (const point of startPoints) {
    await startAndCrash({ ...options, arming: { point, nth: 2 } })
    kills += 1
  }
  let program = await startProgram(options)
  const token = await adminToken(program.url, PASSWORD)
  const guest = { username: 'bob', token: '' }
  const caller = (): Caller => ({
    url: program.url,
    token,
    api: createClient({ baseUrl: program.url, token }),
    guest,
    dataRoot,
  })
  const living = () => tenants.filter(({ ledger }) => ledger.known.has('project'))

  /** Others come for those whose project is gone; of those that went last it is still checked that they stay away. */
  const fillUp = async () => {
    const gone = tenants.filter((tenant) => !living().includes(tenant))
    for (const tenant of gone.slice(0, -TENANTS)) tenants.splice(tenants.indexOf(tenant), 1)
    while (living().length < TENANTS) await newTenant()
  }

  /** With a slug of its own: one that was used is never given again. */
  const newTenant = async (): Promise<Tenant> => {
    const tenant = createTenant(`tenant-${(made += 1)}`, random)
    tenants.push(tenant)
    await tenant.createProject(caller())
    return tenant
  }

  const actForEver = async (first: Tenant) => {
    for (let tenant = first; ; tenant = await newTenant()) await actUntilDeleted(tenant, caller(), random)
  }

  const settle = async () => {
    const settled = await untilSettled(dataRoot, caller(), tenants, SETTLE_MS).catch((cause: unknown) => {
      throw new Error(`${messageOf(cause)}\nThe server says: ${program.output()}`, { cause })
    })
    requireSameProcesses(settled, calm)
    for (const [id, then] of calm) if (settled.running.get(id)?.token !== then.token) voidTokens.add(then.token)
    calm = settled.running
    calmWanted = settled.wanted
    for (const { ledger } of tenants) ledger.calm()
    await requireTokens(program, new Set([...calm.values()].map((one) => one.token)), voidTokens)
  }

  const recover = async () => {
    const begin = performance.now()
    program = await startProgram(options)
    const untouched = calmWanted.filter(({ name, tenant }) => !tenant.ledger.touched.has(name))
    const missed = await unreachable(caller(), untouched)
    if (missed.length > 0) throw new Error(`not there for the first request: ${missed.join('\n')}`)
    await Promise.all(tenants.map((tenant) => tenant.settle(caller())))
    await settle()
    slowestRecoveryMs = Math.max(slowestRecoveryMs, performance.now() - begin)
    await fillUp()
  }

  const actAll = async (end: () => Promise<unknown>) => {
    const acting = living().map((tenant) => unlessLost(actForEver(tenant)))
    await Promise.all([end(), ...acting])
  }

  const stop = async () => {
    const code = await program.stop()
    if (code !== 0) throw new Error(`the server ended with ${code}: ${program.output()}`)
  }

  const abandon = async () => {
    await program.end()
    endProcesses(runningOn(dataRoot))
  }

  await caller().api.accounts.createUser({ body: { username: guest.username, password: PASSWORD } })
  guest.token = await tokenOf(program.url, guest.username, PASSWORD, ['workspaces:read', 'workspaces:write'])
  await fillUp()

  return {
    get kills() {
      return kills
    },
    get slowestRecoveryMs() {
      return slowestRecoveryMs
    },
    at: async (point) => {
      const scenario = scenarios[point]
      const tenant = living().at(-1)
      if (!scenario || !tenant) throw new Error(`no scenario leads to ${point}`)
      await scenario.prepare(tenant, caller())
      await settle()
      await program.arm({ point, nth: 1 })
      await Promise.all([program.crashed(CRASH_MS), unlessLost(scenario.drive(tenant, caller(), options))])
      kills += 1
      await recover()
      if (!scenario.after) return
      await scenario.after(tenant, caller())
      await settle()
    },
    atRandom: async (how) => {
      if (how === 'point') await program.arm({ point: '*', nth: random.integer(1, MOST_POINTS) })
      await actAll(async () => {
        if (how === 'point') return program.crashed(CRASH_MS)
        await new Promise((resolve) => setTimeout(resolve, random.integer(...KILL_AFTER_MS)))
        return how === 'stop' ? stop() : program.kill()
      })
      if (how === 'start') await startAndKill(options, random.integer(...KILL_START_AFTER_MS))
      kills += { moment: 1, point: 1, start: 2, stop: 0 }[how]
      await recover()
    },
    close: async () => {
      try {
        await settle()
        await stop()
        const damages = integrityOf(dataRoot)
        if (damages.length > 0) throw new Error(`the database is damaged: ${damages.join('\n')}`)
      } finally {
        await abandon()
      }
      await rm(folder, { recursive: true, force: true })
    },
    abandon,
  }
}

/** What nobody touched is not started anew by a server that comes back. */
function requireSameProcesses({ wanted, running }: Settled, before: ReadonlyMap<string, Running>): void {
  for (const { name, workload, tenant, runs } of wanted) {
    const [then, now] = [before.get(workload.id)?.pids, running.get(workload.id)?.pids]
    if (!runs || !then || tenant.ledger.touched.has(name)) continue
    if (String(then) !== String(now))
      throw new Error(`${name} of ${tenant.project} was started anew: ${String(then)} became ${String(now)}`)
  }
}

async function requireTokens(program: Program, good: ReadonlySet<string>, bad: Set<string>): Promise<void> {
  for (const token of good) {
    bad.delete(token)
    if (!(await isAccepted(program.url, token))) throw new Error('the token of a running workload is refused')
  }
  for (const token of bad)
    if (await isAccepted(program.url, token)) throw new Error('the token of a stopped workload is accepted')
  bad.clear()
}

/** Fails as the work does, unless that lost its server. */
async function unlessLost(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    // What `fetch` throws when the connection breaks, while it waits for the answer or reads it.
    if (!(error instanceof TypeError)) throw error
  }
}
