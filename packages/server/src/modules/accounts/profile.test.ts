import { createScope, silentLog, systemClock } from '@mllab/kernel'
import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { createLocalChanges } from '../../adapters/changes/local.ts'
import { createOutbox } from '../../core/outbox.ts'
import { createSettings } from '../../core/settings.ts'
import { createAccess } from '../access/access.ts'
import { createAccounts } from './accounts.ts'

const origin = { userAgent: 'test', address: '127.0.0.1' }

describeDatabases('changes people make to their account', (open) => {
  it('are events that name the fields and no values', async () => {
    const [db, clock, scope] = [await open(), systemClock, createScope()]
    const changes = scope.own(createLocalChanges())
    const access = createAccess({ db, clock, changes, log: silentLog, sessionMs: 60_000 })
    const outbox = createOutbox({ db, clock, changes })
    const accounts = createAccounts({
      db,
      clock,
      access,
      outbox,
      settings: createSettings({ db, clock }),
      registrationOpen: true,
      invitationHolds: async () => false,
      statusOfRegistered: 'active',
    })
    await accounts.ensureAdministrator('a long enough phrase')
    const { secret, me } = await accounts.login({ username: 'admin', password: 'a long enough phrase' }, origin)
    const actor = await access.authenticate({ kind: 'session', secret })
    if (!actor) throw new Error('not signed in')
    expect(await accounts.updateMe(actor, { name: 'Ada' })).toMatchObject({ name: 'Ada' })
    await accounts.changePassword(actor, { current: 'a long enough phrase', next: 'another long phrase' }, origin)
    const events = await outbox.after(0, 100)
    expect(events.map(({ type, subject, actorId, payload }) => [type, subject.id, actorId, payload])).toEqual([
      ['account.created', me.id, me.id, { username: 'admin' }],
      ['account.changed', me.id, me.id, { fields: ['display_name'] }],
      ['account.changed', me.id, me.id, { fields: ['password_hash'] }],
    ])
    expect(await access.authenticate({ kind: 'session', secret })).toMatchObject({ name: 'Ada' })
    await scope.close()
  })
})
