import type { Route } from './routes.ts'

/**
 * What a request shows to be let in.
 *
 * - `session`: the main session cookie, on main hosts only
 * - `app`: the cookie made by `Access.enter`, on the app's own host only
 * - `token`: an API token (`mlp_…`)
 * - `capability`: the secret of a path below `/c/`, on main hosts only
 */
export interface Credential {
  readonly kind: 'session' | 'app' | 'token' | 'capability'
  readonly secret: string
}

/** `hidden` is answered like a route that is not there. */
export type Decision =
  | {
      readonly verdict: 'allow'
      /** Told to the app as `X-Lab-User`. */
      readonly user: string
      /** The person whose workspace it is. Needed where an app shares the platform's origin. */
      readonly owner: boolean
      /** Milliseconds since the epoch; open connections end then too. */
      readonly expiresAt?: number
    }
  | { readonly verdict: 'unauthenticated' | 'hidden' | 'forbidden' }

/**
 * The gateway's second input. Answers are kept until `subscribe` calls back; a rejection is answered with 503.
 * Sockets and streams whose answer changed for the worse are cut.
 */
export interface Access {
  decide(credential: Credential, route: Route): Decision | Promise<Decision>
  /**
   * Makes a session on one app's host out of a one-time ticket or an API token.
   * Undefined: used up, expired, made for another app, or not allowed.
   */
  enter(entry: AppEntry): Promise<{ readonly secret: string } | undefined>
  /** Id of the route that a capability opens, undefined if there is no such capability. The answer never changes for one that exists. */
  routeOf(capability: string): string | undefined | Promise<string | undefined>
  /** Calls back when any answer may have changed: a revocation, a membership, a lost connection to the platform. */
  subscribe(changed: () => void): () => void
}

export interface AppEntry {
  readonly by: 'ticket' | 'token'
  readonly secret: string
  /** Host label of the app that is entered. */
  readonly label: string
}
