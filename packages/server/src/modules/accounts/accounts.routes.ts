import { contract } from '@mllab/contract'

import { route, type Actor, type AnyRoute, type ProjectRef, type SessionControl } from '../access/access.ts'
import type { Accounts, SignedIn } from './accounts.ts'
import type { Removal } from './removal.ts'
import type { Tokens } from './tokens.ts'

export interface AccountsRoutesOptions {
  readonly accounts: Accounts
  readonly tokens: Tokens
  readonly removal: Removal
  readonly setupFacts: () => Promise<ReturnType<(typeof contract.accounts.setupFacts.success.body)['parse']>>
  /** The project of a slug, if the actor is a member. */
  readonly projectFor: (actor: Actor, slug: string) => Promise<ProjectRef>
}

export function accountsRoutes({
  accounts,
  tokens,
  removal,
  setupFacts,
  projectFor,
}: AccountsRoutesOptions): AnyRoute[] {
  const endpoints = contract.accounts
  return [
    route(endpoints.setupFacts, () => setupFacts()),
    route(endpoints.setup, async ({ body, request, session }) => opened(session, await accounts.setup(body, request))),
    route(endpoints.login, async ({ body, request, session }) => opened(session, await accounts.login(body, request))),
    route(endpoints.register, async ({ body, request, session }) =>
      opened(session, await accounts.register(body, request)),
    ),
    route(endpoints.logout, async ({ actor, session }) => {
      await accounts.logout(actor)
      session.clear()
      return undefined
    }),
    route(endpoints.me, ({ actor }) => accounts.me(actor)),
    route(endpoints.updateMe, ({ actor, body }) => accounts.updateMe(actor, body)),
    route(
      endpoints.changePassword,
      async ({ actor, body, request }) => void (await accounts.changePassword(actor, body, request)),
    ),
    route(endpoints.sessions, async ({ actor }) => ({ items: await accounts.sessions(actor), next: null })),
    route(endpoints.endSession, async ({ actor, params }) => void (await accounts.endSession(actor, params.id))),
    route(endpoints.createToken, async ({ actor, body }) =>
      tokens.create(actor, {
        name: body.name,
        scopes: body.scopes,
        project: body.project === undefined ? undefined : await projectFor(actor, body.project),
        expiresAt: typeof body.expiresAt === 'string' ? Date.parse(body.expiresAt) : body.expiresAt,
      }),
    ),
    route(endpoints.tokens, async ({ actor, query }) =>
      tokens.list(actor, {
        ...query,
        project: query.project === undefined ? undefined : await projectFor(actor, query.project),
      }),
    ),
    route(endpoints.revokeToken, async ({ actor, params }) => void (await tokens.revoke(actor, params.id))),
    route(endpoints.users, ({ actor, query }) => accounts.users(actor, query)),
    route(endpoints.createUser, ({ actor, body }) => accounts.createUser(actor, body)),
    route(endpoints.removeUser, async ({ actor, params }) => void (await removal.remove(actor, params.id))),
    route(endpoints.updateUser, ({ actor, params, body }) => accounts.updateUser(actor, params.id, body)),
  ]
}

function opened(session: SessionControl, signedIn: SignedIn) {
  session.set(signedIn.secret, signedIn.expiresAt)
  return signedIn.me
}
