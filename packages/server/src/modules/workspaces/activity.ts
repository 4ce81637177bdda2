import type { Clock } from '@mllab/kernel'

import type { InstanceActivity, Runtime } from '../../ports/runtime.ts'
import type { WorkloadClient } from '../../ports/workload-client.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'

/** What flowed through the gateway since the server started, by route. */
export interface RouteTraffic {
  readonly route: string
  readonly requests: number
  /** Requests and websockets under way. */
  readonly open: number
  readonly lastRequestAt: number
  /** Requests and messages by which somebody does something; not what an open page asks for by itself. */
  readonly touches: number
  readonly lastTouchAt: number
  readonly bytesIn: number
  readonly bytesOut: number
}

/** Whether somebody or something is at work in a workspace. */
export interface Use {
  /** The last sign of it that is known now; undefined if there is none. */
  readonly at: number | undefined
  /** What is going on this moment, for people; empty if nothing is. */
  readonly busy: string
}

/** How often somebody has come since the server started. */
export interface Calls {
  readonly touches: number
  readonly requests: number
}

export type Activity = ReturnType<typeof createActivity>

/** An idle JupyterLab with an open tab stays below it. */
const BUSY_CORES = 0.03
const KEPT_MS = 1000
const ASK_TIMEOUT_MS = 3000
const ASK_LIMIT_BYTES = 256 * 1024
/** An open tab asks for news all the time; whoever works or downloads moves more than that between two looks. */
const MOVED_BYTES = 200_000

/** Looks at processors, terminals, kernels and what flows through the gateway. */
export function createActivity({
  runtime,
  workloads,
  client,
  traffic,
  clock,
}: {
  runtime: Runtime
  workloads: Workloads
  client: WorkloadClient
  traffic: () => readonly RouteTraffic[]
  clock: Clock
}) {
  const moved = new Map<string, number>()
  let kept: { at: number; all: Promise<ReadonlyMap<string, InstanceActivity>> } | undefined

  /** One look at the processes serves all workspaces that are looked at in the same second. */
  const processes = () => {
    if (!kept || clock.now() - kept.at > KEPT_MS)
      kept = {
        at: clock.now(),
        all: runtime.instances.activity().then((all) => new Map(all.map((one) => [one.workloadId, one]))),
      }
    return kept.all
  }

  const trafficOf = (workload: Workload): RouteTraffic[] => {
    const ids = new Set(workloads.routesOf(workload).map(({ id }) => id))
    return traffic().filter(({ route }) => ids.has(route))
  }

  /** Jupyter's own account of a list of things; undefined for programs that have none. */
  const ask = async (workload: Workload, what: 'kernels' | 'terminals'): Promise<JupyterThing[] | undefined> => {
    const endpoint = await workloads.endpoint(workload, 'http')
    if (!endpoint) return undefined
    try {
      const { status, body } = await client.send(endpoint, {
        method: 'GET',
        path: `${workload.spec.servicePath}api/${what}?no_track_activity=1`,
        body: undefined,
        timeoutMs: ASK_TIMEOUT_MS,
        limitBytes: ASK_LIMIT_BYTES,
      })
      const found: unknown = status === 200 ? JSON.parse(body) : undefined
      return Array.isArray(found) ? (found as JupyterThing[]) : undefined // Jupyter's REST API
    } catch {
      // No Jupyter, or one that is too busy to answer: then the processors tell.
      return undefined
    }
  }

  return {
    callsOf: (workload: Workload): Calls => {
      const flows = trafficOf(workload)
      const sum = (of: (flow: RouteTraffic) => number) => flows.reduce((total, flow) => total + of(flow), 0)
      return { touches: sum(({ touches }) => touches), requests: sum(({ requests }) => requests) }
    },

    /** Whether it is a Jupyter, whose open pages ask for news all the time. */
    isJupyter: async (workload: Workload): Promise<boolean> => (await ask(workload, 'kernels')) !== undefined,

    look: async (workload: Workload): Promise<Use> => {
      const now = clock.now()
      const [process, kernels, terminals] = await Promise.all([
        processes().then((all) => all.get(workload.id)),
        ask(workload, 'kernels'),
        ask(workload, 'terminals'),
      ])
      const flows = trafficOf(workload)
      // An open tab of Jupyter holds sockets for hours; what is held open of other programs is being looked at.
      const main = workloads.routesOf(workload).find(({ pathPrefix }) => pathPrefix === workload.spec.servicePath)?.id
      const watched = flows.some(({ route, open }) => open > 0 && (kernels === undefined || route !== main))
      const bytes = flows.reduce((sum, { bytesIn, bytesOut }) => sum + bytesIn + bytesOut, 0)
      const before = moved.get(workload.id) ?? bytes
      moved.set(workload.id, bytes)
      const busy = [
        ...(kernels?.some(({ execution_state }) => execution_state === 'busy') ? ['a cell is running'] : []),
        ...(process && process.busyTerminals > 0 ? ['a command is running in a terminal'] : []),
        ...(process && process.windowMs > 0 && process.cpuCores >= BUSY_CORES ? ['processors are in use'] : []),
        ...(bytes - before > MOVED_BYTES ? ['data is moving'] : []),
        ...(watched ? ['somebody has it open'] : []),
      ]
      const stamps = [...(kernels ?? []), ...(terminals ?? [])].map(({ last_activity }) =>
        Date.parse(last_activity ?? ''),
      )
      // Programs that tell nothing about themselves are in use while somebody asks them for something.
      stamps.push(
        ...flows.map(({ route, lastRequestAt, lastTouchAt }) =>
          kernels && route === main ? lastTouchAt : lastRequestAt,
        ),
      )
      const known = stamps.filter((at) => at > 0 && at <= now)
      return {
        at: busy.length > 0 ? now : known.length > 0 ? Math.max(...known) : undefined,
        busy: busy.join(', '),
      }
    },

    forget: (workloadId: string) => void moved.delete(workloadId),
  }
}

interface JupyterThing {
  readonly execution_state?: string
  readonly last_activity?: string
}
