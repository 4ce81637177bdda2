import type { Readable } from 'node:stream'

import type { ProjectAction } from '@mllab/contract'

import type { Actor, BytesAnswer, ProjectRef } from '../../modules/access/access.ts'
import type { Tracking } from '../../modules/tracking/tracking.ts'
import type { Input } from './input.ts'

export interface MlflowCall {
  readonly tracking: Tracking
  readonly actor: Actor
  readonly project: ProjectRef
  /** Fields of the body, or of the query for GET. */
  readonly input: Input
  readonly params: Readonly<Record<string, string>>
  /** The JSON body as it came; empty for GET. */
  readonly raw: Uint8Array
  /** The body of routes that take bytes. */
  readonly stream: Readable
  readonly sizeBytes: number | undefined
  readonly range: string | undefined
  readonly authorization: string | undefined
  /** Address of this MLflow API as the client reached it, without a slash at the end. */
  readonly address: string
  readonly signal: AbortSignal
}

/** A route of MLflow's API with its permission as data, as our own endpoints have it. */
export interface MlflowRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the address of the API; what begins with `/api/` answers below `/ajax-api/` too. Fastify's form. */
  readonly path: string
  readonly action: ProjectAction
  /** Default `json`. */
  readonly body?: 'json' | 'bytes'
  /** Largest JSON body in bytes; default 2 MB. */
  readonly limitBytes?: number
  /** Answers JSON; undefined is an empty message. */
  readonly handle: (call: MlflowCall) => Promise<object | undefined>
}

/** A file instead of JSON. */
export class BytesReply {
  readonly answer: BytesAnswer

  constructor(answer: BytesAnswer) {
    this.answer = answer
  }
}

type Handle = MlflowRoute['handle']

export const api = (path: string) => `/api/2.0/mlflow${path}`
export const get = (path: string, action: ProjectAction, handle: Handle): MlflowRoute => ({
  method: 'GET',
  path: api(path),
  action,
  handle,
})
export const post = (path: string, action: ProjectAction, handle: Handle, limitBytes?: number): MlflowRoute => ({
  method: 'POST',
  path: api(path),
  action,
  handle,
  ...(limitBytes === undefined ? {} : { limitBytes }),
})
export const patch = (path: string, action: ProjectAction, handle: Handle): MlflowRoute => ({
  method: 'PATCH',
  path: api(path),
  action,
  handle,
})
export const remove = (path: string, action: ProjectAction, handle: Handle): MlflowRoute => ({
  method: 'DELETE',
  path: api(path),
  action,
  handle,
})
