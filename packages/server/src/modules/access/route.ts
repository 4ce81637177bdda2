import type { Readable } from 'node:stream'

import type { AcceptedAnswer, Answer, Endpoint, Received } from '@mllab/contract'

import type { Actor, ProjectRef } from './actor.ts'

/** What a handler may know of the request besides its parsed input. */
export interface RequestFacts {
  readonly userAgent: string
  readonly address: string
  /** Address the client used, without base path: `http://localhost:8091`. */
  readonly origin: string
  /** Version of `If-Match`, if one was sent. */
  readonly ifMatch: number | undefined
  /** The body of endpoints whose body is `bytes`. */
  readonly stream: Readable
  readonly contentLength: number | undefined
  readonly contentType: string | undefined
  /** `HEAD` where only the headers of the answer are wanted. */
  readonly method: string
  readonly range: string | undefined
  readonly ifRange: string | undefined
  readonly ifNoneMatch: string | undefined
  readonly contentDigest: string | undefined
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal
}

export interface SessionControl {
  set(secret: string, expiresAt: number): void
  clear(): void
}

export type CallContext<E extends Endpoint> = Received<E> & {
  readonly actor: E['access']['who'] extends 'anyone' ? Actor | undefined : Actor
  readonly project: E['access']['who'] extends 'member' ? ProjectRef : undefined
  readonly request: RequestFacts
  readonly session: SessionControl
}

/** Bytes as an answer, with what a client has to know of them. */
export interface BytesAnswer {
  readonly stream: Readable
  readonly headers: Readonly<Record<string, string>>
  readonly status?: 200 | 206 | 304 | 416
  /** Its first byte may be long in coming: the head does not wait for it. */
  readonly live?: boolean
}

/** Answered with 202 instead of the success of an endpoint: long work, and where to look at it. */
export class Accepted<T> {
  readonly body: T
  /** Path below the base path. */
  readonly location: string

  constructor(body: T, location: string) {
    this.body = body
    this.location = location
  }
}

type Result<E extends Endpoint> = E['success']['body'] extends 'bytes'
  ? BytesAnswer
  : Exclude<Answer<E>, AcceptedAnswer<E>> | ([AcceptedAnswer<E>] extends [never] ? never : Accepted<AcceptedAnswer<E>>)

export interface Route<E extends Endpoint> {
  readonly endpoint: E
  readonly handle: (context: CallContext<E>) => Promise<Result<E>> | Result<E>
}

/** A route whose types were checked where it was written. */
export interface AnyRoute {
  readonly endpoint: Endpoint
  readonly handle: (context: never) => unknown
}

/** Binds an endpoint of the contract to an operation. The binder has authenticated, authorised and parsed before it is called. */
export function route<E extends Endpoint>(endpoint: E, handle: Route<E>['handle']): AnyRoute {
  return { endpoint, handle }
}
