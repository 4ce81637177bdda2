import type { Connection } from './connection.ts'
import { lostWithGroup, portError, wireError } from './errors.ts'
import {
  NOTHING,
  type Answer,
  type BeginRequest,
  type CheckpointRequest,
  type EndRequest,
  type StepRequest,
  type ThreadMessage,
  type WireError,
  type WireValue,
  type WriterRequest,
} from './protocol.ts'
import { isBulk, perform, undoSavepoint, type Work } from './requests.ts'
import type { Units } from './units.ts'

const SMALL_BUDGET_MS = 8
const GROUP_AGE_MS = 10
const GROUP_MEMBERS = 64
const BULK_BUDGET_MS = 0.5

export interface GroupCommit {
  receive(request: WriterRequest): void
  /** Units finish loading between messages; what waited for them goes on. */
  wake(): void
  /** Does what waits, undoes an interactive transaction that is still open. */
  finish(): void
}

interface Parts {
  readonly connection: Connection
  readonly units: Units
  readonly post: (message: ThreadMessage) => void
  readonly committed: () => void
}

/** One of the members is an interactive transaction that holds the group open; only its statements run. */
interface Interactive {
  readonly id: number
  readonly endsAt: number
  readonly timer: NodeJS.Timeout
}

/**
 * The writer's loop: all requests that arrive while one group is synced to disk share the next sync. Small requests first, then one
 * bulk request, then interactive transactions one after another while the group is young. Answers leave after the commit.
 */
export function createGroupCommit({ connection, units, post, committed }: Parts): GroupCommit {
  let small: Work[] = []
  const bulk: Work[] = []
  const begins: BeginRequest[] = []
  const checkpoints: CheckpointRequest[] = []
  let scheduled = false
  let openedAt: number | undefined
  let bulkDone = false
  let members: Answer[] = []
  let interactive: Interactive | undefined

  const receive = (request: WriterRequest) => {
    switch (request.kind) {
      case 'step':
        return step(request)
      case 'end':
        return end(request)
      case 'begin':
        begins.push(request)
        break
      case 'checkpoint':
        checkpoints.push(request)
        break
      default:
        if (isBulk(request)) bulk.push(request)
        else small.push(request)
    }
    wake()
  }

  const wake = () => {
    if (scheduled || interactive) return
    scheduled = true
    setImmediate(flush)
  }

  const flush = () => {
    scheduled = false
    if (interactive) return
    if (openedAt !== undefined || hasWork()) {
      if (openedAt === undefined && !open()) return
      if (!runSmall() || !runBulk()) return wakeIfWaiting()
      if (isYoung() && grantNext()) return
      commit()
    }
    for (const request of checkpoints.splice(0)) checkpoint(request)
    wakeIfWaiting()
  }

  const hasWork = () => small.some(canRun) || bulk.some(canRun) || begins.length > 0
  const canRun = (work: Work) => work.kind !== 'unit' || !units.isLoading(work.name)
  const wakeIfWaiting = () => {
    if (hasWork() || checkpoints.length > 0) wake()
  }
  const isYoung = () =>
    openedAt !== undefined && performance.now() - openedAt < GROUP_AGE_MS && members.length < GROUP_MEMBERS

  const open = (): boolean => {
    try {
      connection.execute('begin immediate', [])
      openedAt = performance.now()
      bulkDone = false
      return true
    } catch (error) {
      const waiting = [...small.splice(0), ...bulk.splice(0), ...begins.splice(0)]
      post(waiting.map(({ id }) => ({ id, error: wireError(error) })))
      wakeIfWaiting()
      return false
    }
  }

  /** False if the group was lost. */
  const runSmall = (): boolean => {
    const until = performance.now() + SMALL_BUDGET_MS
    const queue = small
    small = []
    for (const [index, work] of queue.entries()) {
      if (performance.now() > until) {
        small = [...small, ...queue.slice(index)]
        break
      }
      if (!canRun(work)) small.push(work)
      else if (!run(work)) {
        small = [...small, ...queue.slice(index + 1)]
        return false
      }
    }
    return true
  }

  /** At most one long request a group; short ones until the budget is used up. */
  const runBulk = (): boolean => {
    if (bulkDone) return true
    bulkDone = true
    const until = performance.now() + BULK_BUDGET_MS
    do {
      const next = bulk.findIndex(canRun)
      if (next < 0) return true
      const [work] = bulk.splice(next, 1)
      if (work && !run(work)) return false
    } while (performance.now() < until)
    return true
  }

  const run = (work: Work): boolean => {
    try {
      members.push({ id: work.id, value: perform(work, connection, units) })
    } catch (error) {
      if (!connection.database.isTransaction) {
        lose(error, work.id)
        return false
      }
      members.push({ id: work.id, error: wireError(error) })
    }
    return true
  }

  const grantNext = (): boolean => {
    const request = begins.shift()
    if (!request) return false
    connection.execute('savepoint member', [])
    const { id, timeoutMs } = request
    interactive = { id, endsAt: performance.now() + timeoutMs, timer: setTimeout(expire, timeoutMs) }
    post([{ id, value: nothing }])
    return true
  }

  const step = ({ id, transaction, sql, parameters }: StepRequest) => {
    if (interactive?.id !== transaction) return post([{ id, error: ended }])
    try {
      const result = connection.execute(sql, parameters)
      post([{ id, value: { kind: 'result', result } }])
    } catch (error) {
      if (!connection.database.isTransaction) return lose(error, id)
      post([{ id, error: wireError(error) }])
    }
    if (performance.now() > interactive.endsAt) expire()
  }

  const end = ({ id, transaction, commit: keep }: EndRequest) => {
    if (interactive?.id !== transaction) return post([{ id, error: ended }])
    release()
    if (keep) {
      connection.execute('release member', [])
      members.push({ id, value: nothing })
    } else {
      undoSavepoint(connection)
      post([{ id, value: nothing }])
    }
    wake()
  }

  const expire = () => {
    if (!interactive) return
    const { id } = interactive
    release()
    undoSavepoint(connection)
    post([{ notice: 'expired', transaction: id }])
    wake()
  }

  const release = () => {
    clearTimeout(interactive?.timer)
    interactive = undefined
  }

  const commit = () => {
    try {
      connection.execute('commit', [])
    } catch (error) {
      return lose(error)
    }
    openedAt = undefined
    const answers = members
    members = []
    if (answers.length > 0) post(answers)
    committed()
  }

  /** Nobody of the group was stored, so everybody hears the same error, also those who failed by what a neighbour had written. */
  const lose = (error: unknown, culprit?: number) => {
    if (connection.database.isTransaction) connection.execute('rollback', [])
    const wire: WireError = lostWithGroup(error)
    const ids = members.map((member) => member.id)
    if (culprit !== undefined) ids.push(culprit)
    members = []
    openedAt = undefined
    release()
    post(ids.map((id) => ({ id, error: wire })))
    wakeIfWaiting()
  }

  const checkpoint = ({ id }: CheckpointRequest) => {
    try {
      connection.database.exec('pragma busy_timeout = 0')
      const row = connection.database.prepare('pragma wal_checkpoint(truncate)').get()
      post([{ id, value: { kind: 'result', result: { ...NOTHING, affected: row?.['busy'] === 0 ? 1 : 0 } } }])
    } catch (error) {
      post([{ id, error: wireError(error) }])
    } finally {
      connection.database.exec('pragma busy_timeout = 5000')
    }
  }

  const finish = () => {
    checkpoints.length = 0
    post(begins.splice(0).map(({ id }) => ({ id, error: ended })))
    expire()
    while (openedAt !== undefined || hasWork()) flush()
  }

  return { receive, wake, finish }
}

const nothing: WireValue = { kind: 'result', result: NOTHING }
const ended = portError('TIMEOUT', 'the transaction has ended: its deadline had passed', [], true)
