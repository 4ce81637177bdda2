import { createScope, silentLog, systemClock } from '@mllab/kernel'

import { takeDataRoot } from './adapters/data-root.ts'
import type { Config } from './config.ts'
import { createOutbox } from './core/outbox.ts'
import { createSettings } from './core/settings.ts'
import { migrations } from './migrations/index.ts'
import { migrate } from './migrations/migrate.ts'
import { createAccess } from './modules/access/access.ts'
import { createAccounts } from './modules/accounts/accounts.ts'
import { openAdapters } from './assembly/open-adapters.ts'

/**
 * Gives an account a new password of the machine's choice, for whoever can start the server: the way back in after the last
 * administrator forgot his. The server has to be stopped, unless it runs elsewhere on the same PostgreSQL. Undefined: no such account.
 */
export async function resetPassword(config: Config, username: string, version: string): Promise<string | undefined> {
  const scope = createScope()
  const [clock, log] = [systemClock, silentLog]
  try {
    scope.own(await takeDataRoot(config.dataRoot))
    const { db, changes } = await openAdapters(config, { log, clock, scope, units: [] })
    await migrate(db, migrations, { programVersion: version })
    const access = createAccess({ db, clock, changes, log, sessionMs: 0 })
    const outbox = createOutbox({ db, clock, changes })
    const settings = createSettings({ db, clock })
    const accounts = createAccounts({
      db,
      clock,
      access,
      outbox,
      settings,
      registrationOpen: false,
      invitationHolds: async () => false,
      statusOfRegistered: 'pending',
    })
    return await accounts.resetPassword(username)
  } finally {
    await scope.close()
  }
}
