import type { z } from 'zod'

import type { ErrorCode } from './errors.ts'
import type { AccountScope, ProjectAction } from './permissions.ts'

/**
 * Who may call. `member`: the path names `{project}`, the caller's role there must allow the action, and so must the scopes of his
 * token; a caller who cannot see the project gets 404. An endpoint without an access rule cannot be written.
 */
export type Access =
  | { readonly who: 'anyone' }
  | { readonly who: 'signed-in'; readonly scope: AccountScope }
  | { readonly who: 'administrator' }
  | { readonly who: 'member'; readonly action: ProjectAction }

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** `bytes`: the body is passed through as a stream. */
export type BodySchema = z.ZodType | 'bytes' | undefined

export interface Endpoint {
  readonly method: Method
  /** OpenAPI form, `/api/projects/{project}`; a last `{path*}` takes the rest with its slashes. */
  readonly path: string
  readonly summary: string
  readonly tag: string
  readonly access: Access
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: BodySchema
  /** `etag`: the `version` of the answer is sent as `ETag` too, and may come back as `If-Match`. */
  readonly success: { readonly status: 200 | 201 | 202 | 204; readonly body?: BodySchema; readonly etag?: true }
  /** What is answered instead, with 202 and `Location`, when it takes long: an operation to look at until it has ended. */
  readonly accepted?: z.ZodType
  /** Codes beyond those every endpoint may answer (invalid input, not signed in, not found, too many requests, internal). */
  readonly errors?: readonly ErrorCode[]
}

/** Keeps the literal types of an endpoint. */
export function endpoint<const E extends Endpoint>(definition: E): E {
  return definition
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined
type Given<S> = S extends z.ZodType ? z.input<S> : undefined

/** What a handler receives: input after parsing. */
export interface Received<E extends Endpoint> {
  readonly params: Parsed<E['params']>
  readonly query: Parsed<E['query']>
  readonly body: Parsed<E['body']>
}

/** What a caller sends: input before parsing, defaults may be left out. */
export interface Sent<E extends Endpoint> {
  readonly params: Given<E['params']>
  readonly query: Given<E['query']>
  readonly body: Given<E['body']>
}

type Body<E extends Endpoint> = E['success']['body'] extends z.ZodType ? z.output<E['success']['body']> : undefined

/** What an endpoint answers later: what it accepted. */
export type AcceptedAnswer<E extends Endpoint> = E['accepted'] extends z.ZodType ? z.output<E['accepted']> : never

/** What an endpoint answers on success. */
export type Answer<E extends Endpoint> = Body<E> | AcceptedAnswer<E>
