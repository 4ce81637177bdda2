import type { Role, Scope } from '@mllab/contract'

/** Who acts: what operations take first. Made by `access.authenticate`, and nowhere else but for the platform itself. */
export interface Actor {
  readonly kind: 'user' | 'project' | 'workload' | 'system'
  readonly principalId: string
  readonly name: string
  /** Has administrator rights and, for tokens, the scope to use them. */
  readonly admin: boolean
  readonly status: 'active' | 'pending'
  /** What let him in; revoking it ends his requests and sockets. */
  readonly credential: {
    readonly kind: 'session' | 'token' | 'none'
    readonly id: string
    readonly expiresAt: number | null
  }
  /** Role by project id, already cut down to what the credential reaches. */
  readonly roles: ReadonlyMap<string, Role>
  readonly scopes: ReadonlySet<Scope> | 'all'
  /** Set for the token inside a workload. */
  readonly workloadId?: string
}

/** The platform itself: reconcilers and sweeps. */
export const systemActor: Actor = {
  kind: 'system',
  principalId: 'system',
  name: 'ML Lab',
  admin: true,
  status: 'active',
  credential: { kind: 'none', id: 'system', expiresAt: null },
  roles: new Map(),
  scopes: 'all',
}

/** A project of an address, after it was found and before anything of it was allowed. */
export interface ProjectRef {
  readonly id: string
  readonly slug: string
}
