import { mkdtemp } from 'node:fs/promises'
import path from 'node:path'

import { createFakeClock, silentLog } from '@mllab/kernel'
import { describeDatabases } from '@mllab/testkit/database'
import { testFolder } from '@mllab/testkit/folder'
import { expect, it } from 'vitest'

import { createLocalChanges } from '../../adapters/changes/local.ts'
import { createFileKeys } from '../../adapters/keys/file-keys.ts'
import { createOutbox } from '../../core/outbox.ts'
import { createSecrets } from '../../core/secrets.ts'
import { createAccess } from '../access/access.ts'
import { createNamedSecrets } from './secrets.ts'
import { createSecretsStore } from './secrets.store.ts'

describeDatabases('own secrets of somebody who is gone', (open) => {
  it('are erased with their values, those of others stay', async () => {
    const [db, clock] = [await open(), createFakeClock(0)]
    const changes = createLocalChanges()
    const folder = await mkdtemp(path.join(testFolder(), 'keys-'))
    const seals = await createSecrets({ db, clock, keys: createFileKeys({ folder, given: undefined }) })
    const access = createAccess({ db, clock, changes, log: silentLog, sessionMs: 1 })
    const named = createNamedSecrets({ db, clock, access, outbox: createOutbox({ db, clock, changes }), seals })
    const store = createSecretsStore(db)
    for (const owner of ['ann', 'ben']) {
      await db.sql
        .insertInto('principal')
        .values({ id: owner, kind: 'user', created_at: 1, deleted_at: null })
        .execute()
      const row = { id: `of-${owner}`, project_id: null, owner_id: owner, name: 'TOKEN', description: '', version: 1 }
      const at = { created_at: 1, updated_at: 1, updated_by: owner, last_used_at: null }
      await db.batch([store.createStep({ ...row, ...at }), seals.sealStep(`secret:of-${owner}`, owner)])
    }
    await named.purgePerson('ann')
    await named.purgePerson('ann')
    expect([await store.ofPerson('ann'), await store.ofPerson('ben')]).toEqual([[], ['of-ben']])
    expect([await seals.open('secret:of-ann'), await seals.open('secret:of-ben')]).toEqual([undefined, 'ben'])
  })
})
