import type { Endpoint } from './runtime.ts'

export interface SentRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: string | undefined
  readonly timeoutMs: number
  readonly limitBytes: number
}

export interface SeenAnswer {
  readonly status: number
  readonly contentType: string | null
  readonly body: string
  readonly truncated: boolean
}

/** How the platform itself speaks to a port of a workload. */
export interface WorkloadClient {
  /** Does something answer well at the path, or, without a path, does anything listen? Never rejects. */
  probe(endpoint: Endpoint, path: string | undefined, timeoutMs: number): Promise<boolean>
  /** One request; the answer is cut at the limit. Rejects if there is none. */
  send(endpoint: Endpoint, request: SentRequest): Promise<SeenAnswer>
}
