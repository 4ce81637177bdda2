import { meets } from '../expectations.ts'
import type { Connection } from './connection.ts'
import { Unmet } from './errors.ts'
import type { BatchRequest, RunRequest, UnitRequest, WireValue } from './protocol.ts'
import type { Units } from './units.ts'

export type Work = RunRequest | BatchRequest | UnitRequest

/** Runs one request inside the open group. Whatever throws has left nothing behind, if the group's transaction is still open. */
export function perform(work: Work, connection: Connection, units: Units): WireValue {
  switch (work.kind) {
    case 'run':
      // A single statement undoes itself; it needs no savepoint.
      return { kind: 'result', result: connection.execute(work.sql, work.parameters) }
    case 'batch':
      return inSavepoint(connection, () => ({
        kind: 'results',
        results: work.steps.map(({ sql, parameters, expect }, index) => {
          const result = connection.execute(sql, parameters)
          if (!meets(expect, result.affected)) throw new Unmet(index, result.affected)
          return result
        }),
      }))
    case 'unit':
      return inSavepoint(connection, () => ({ kind: 'output', output: units.run(work.name, connection, work.input) }))
  }
}

export function inSavepoint<T>(connection: Connection, work: () => T): T {
  connection.execute('savepoint member', [])
  try {
    const value = work()
    connection.execute('release member', [])
    return value
  } catch (error) {
    // A full disk may have undone the whole transaction already.
    if (connection.database.isTransaction) undoSavepoint(connection)
    throw error
  }
}

export function undoSavepoint(connection: Connection): void {
  connection.execute('rollback to member', [])
  connection.execute('release member', [])
}

const BULK_BYTES = 16 * 1024
const BULK_VALUES = 400

/** Bulk has a lane of its own: one such request a group, so that a small write waits for one of them at most. */
export function isBulk(work: Work): boolean {
  switch (work.kind) {
    case 'run':
      return work.parameters.length > BULK_VALUES
    case 'batch':
      return work.steps.reduce((values, step) => values + 1 + step.parameters.length, 0) > BULK_VALUES
    case 'unit':
      return bytesOf(work.input) > BULK_BYTES
  }
}

/** The bytes of an input that is bytes, or whose fields are. */
function bytesOf(input: unknown): number {
  if (input instanceof Uint8Array) return input.byteLength
  if (typeof input !== 'object' || input === null) return 0
  return Object.values(input).reduce(
    (sum: number, value) => sum + (value instanceof Uint8Array ? value.byteLength : 0),
    0,
  )
}
