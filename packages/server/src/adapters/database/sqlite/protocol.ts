import type { Expectation } from '../../../ports/database.ts'
import type { SqlValue } from '../values.ts'

/**
 * What travels between the main thread and the database's threads. Both directions carry arrays: all requests of one tick, all
 * answers of one group. Requests are answered by id; an answer of the writer means: synced to disk.
 */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

export interface RunRequest extends Statement {
  readonly kind: 'run'
  readonly id: number
}

export interface BatchRequest {
  readonly kind: 'batch'
  readonly id: number
  readonly steps: readonly (Statement & { readonly expect?: Expectation })[]
}

export interface UnitRequest {
  readonly kind: 'unit'
  readonly id: number
  readonly name: string
  readonly input: unknown
}

/** Opens an interactive transaction; its id names the transaction afterwards. Answered when the writer is reserved for it. */
export interface BeginRequest {
  readonly kind: 'begin'
  readonly id: number
  readonly timeoutMs: number
}

export interface StepRequest extends Statement {
  readonly kind: 'step'
  readonly id: number
  readonly transaction: number
}

export interface EndRequest {
  readonly kind: 'end'
  readonly id: number
  readonly transaction: number
  readonly commit: boolean
}

/** `wal_checkpoint(truncate)` between two groups; `affected` of the answer is 1 if the log could be emptied. */
export interface CheckpointRequest {
  readonly kind: 'checkpoint'
  readonly id: number
}

export type WriterRequest =
  | RunRequest
  | BatchRequest
  | UnitRequest
  | BeginRequest
  | StepRequest
  | EndRequest
  | CheckpointRequest

/** Commands have no answer. `define` makes a unit known; `close` ends the thread after what waits. */
export type WriterCommand =
  | { readonly kind: 'define'; readonly name: string; readonly url: string }
  | { readonly kind: 'close' }

export type WriterMessage = readonly (WriterRequest | WriterCommand)[]
export type ReaderMessage = readonly (RunRequest | { readonly kind: 'close' })[]

/** Rows are arrays with the column names beside them: less than half the main thread's time of an object a row. */
export interface WireResult {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
  readonly affected: number
}

export type WireValue =
  | { readonly kind: 'result'; readonly result: WireResult }
  | { readonly kind: 'results'; readonly results: readonly WireResult[] }
  | { readonly kind: 'output'; readonly output: unknown }

export type WireError =
  | {
      readonly kind: 'port'
      readonly code: string
      readonly message: string
      readonly retryable: boolean
      readonly subjects: readonly string[]
    }
  | { readonly kind: 'expectation'; readonly step: number; readonly affected: number }
  | { readonly kind: 'other'; readonly message: string; readonly stack: string }

export type Answer =
  | { readonly id: number; readonly value: WireValue; readonly error?: undefined }
  | { readonly id: number; readonly error: WireError }

/** Told without being asked. `wal`: the write-ahead log has grown beyond its limit. `expired`: a deadline ended a transaction. */
export type Notice =
  | { readonly notice: 'ready' }
  | { readonly notice: 'unopened'; readonly error: WireError }
  | { readonly notice: 'wal'; readonly sizeBytes: number }
  | { readonly notice: 'expired'; readonly transaction: number }

export type ThreadMessage = readonly (Answer | Notice)[]

export interface WriterData {
  readonly file: string
  readonly walLimitBytes: number
}

export interface ReaderData {
  readonly file: string
  /** Given to the reader of long scans: it looks between rows whether it has to stop. */
  readonly scan?: { readonly stop: Int32Array; readonly timeoutMs: number }
}

export const NOTHING: WireResult = { columns: [], rows: [], affected: 0 }
