import type { Clock } from '@mllab/kernel'

import type { Outbox } from '../../core/outbox.ts'
import type { Database } from '../../ports/database.ts'
import type { Access } from '../access/access.ts'
import { createAccountsStore } from './accounts.store.ts'
import { createPeople } from './people.ts'
import { createProfile } from './profile.ts'
import { createSignIn, type SignInOptions } from './sign-in.ts'
import { createThrottle } from './throttle.ts'

export type { Origin, SignedIn } from './sign-in.ts'

export interface AccountsOptions extends SignInOptions {
  readonly db: Database
  readonly clock: Clock
  readonly access: Access
  readonly outbox: Outbox
}

export type Accounts = ReturnType<typeof createAccounts>

/** People: how they come in, what they do with their own account, what administrators do with all. */
export function createAccounts(options: AccountsOptions) {
  const { clock } = options
  const store = createAccountsStore(options.db)
  const parts = { ...options, store, throttle: createThrottle({ store, clock }) }
  return { ...createSignIn(parts), ...createProfile(parts), ...createPeople(parts) }
}
