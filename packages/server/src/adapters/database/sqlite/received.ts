import { PortError, type PortErrorCode } from '@mllab/kernel'

import { ExpectationError, type StepResult } from '../../../ports/database.ts'
import type { WireError, WireResult } from './protocol.ts'

/** What arrived from a thread, as the port promises it. */
export function receivedError(wire: WireError): Error {
  switch (wire.kind) {
    case 'port':
      return new PortError(portErrorCode(wire.code), wire.message, {
        retryable: wire.retryable,
        subjects: wire.subjects,
      })
    case 'expectation':
      return new ExpectationError(wire.step, wire.affected)
    case 'other': {
      const thrown = new Error(wire.message)
      thrown.stack = wire.stack
      return new Error(wire.message, { cause: thrown })
    }
  }
}

export function receivedResult({ columns, rows, affected }: WireResult): StepResult {
  return { rows: receivedRows(columns, rows), affected }
}

function receivedRows(columns: readonly string[], rows: readonly (readonly unknown[])[]): Record<string, unknown>[] {
  return rows.map((values) => {
    const row: Record<string, unknown> = {}
    for (let index = 0; index < columns.length; index += 1) row[columns[index] ?? ''] = values[index]
    return row
  })
}

const codes: Record<PortErrorCode, true> = {
  CONFLICT: true,
  REFERENCED: true,
  INVALID: true,
  NOT_FOUND: true,
  BUSY: true,
  UNAVAILABLE: true,
  TIMEOUT: true,
  STORAGE_FULL: true,
  CORRUPT: true,
  UNSUPPORTED: true,
}

/** Threads import nothing of the kernel, so codes cross as text. */
function portErrorCode(code: string): PortErrorCode {
  return code in codes ? (code as PortErrorCode) : 'INVALID' // Just looked up.
}
