import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { forgetWorkloads } from '../workloads/forgotten-workloads.ts'
import { insertProject, insertWorkload } from '../workloads/testing/rows.ts'
import { createWorkspacesStore } from './workspaces.store.ts'

describeDatabases('rows of workspaces', (open) => {
  it('go with all that belongs to them when they were purged long ago, those of others stay', async () => {
    const db = await open()
    const store = createWorkspacesStore(db)
    await insertProject(db)
    for (const [id, purgedAt] of [
      ['living', null],
      ['lately', 500],
      ['long-ago', 400],
      ['with-snapshot', 400],
    ] as const) {
      await insertWorkload(db, id, purgedAt, 'workspace')
      await db.batch([store.createStep(workspaceRow(id))])
      await db.sql.insertInto('workspace_share').values(shareRow(id)).execute()
      await db.sql.insertInto('token').values(tokenRow(id)).execute()
      await db.sql.insertInto('secret_use').values({ workload_id: id, secret_id: 's', name: 'S', version: 1 }).execute()
    }
    await db.sql.insertInto('workspace_snapshot').values(snapshotRow('with-snapshot')).execute()
    const forget = () => forgetWorkloads({ db, dependents: store.forgetSteps }, 500)
    await forget()
    await forget()
    const idsIn = async (table: 'workspace' | 'workspace_share' | 'token' | 'secret_use') =>
      (await db.sql.selectFrom(table).select('workload_id').orderBy('workload_id').execute()).map(
        (row) => row.workload_id,
      )
    const workloads = await db.sql.selectFrom('workload').select('id').orderBy('id').execute()
    // Files of a snapshot are removed before the row that leads to them.
    const kept = ['lately', 'living', 'with-snapshot']
    expect(workloads.map(({ id }) => id)).toEqual(kept)
    for (const table of ['workspace', 'workspace_share', 'token', 'secret_use'] as const)
      expect([table, await idsIn(table)]).toEqual([table, kept])
  })
})

const workspaceRow = (id: string) => ({
  workload_id: id,
  project_id: 'p',
  git: null,
  git_status: null,
  git_detail: '',
  prepared_generation: 0,
  suspend_after_ms: 0,
  stop_after_ms: 0,
  active_at: 1,
  busy: '',
  suspended_at: null,
  keep_until: 0,
  stop_warned_at: null,
  expires_at: null,
  expiry_warned_at: null,
  expired_at: null,
  copy_from: null,
})

const shareRow = (id: string) => ({
  id: `share-${id}`,
  workload_id: id,
  principal_id: 'm',
  link_id: null,
  secret_hash: null,
  route_id: null,
  created_by: 'm',
  created_at: 1,
  expires_at: null,
  ended_at: null,
})

const snapshotRow = (id: string) => ({
  id: `snapshot-${id}`,
  workload_id: id,
  volume_id: 'v',
  name: 'v',
  status: 'ready' as const,
  detail: '',
  size_bytes: 1,
  operation_id: 'o',
  created_by: 'm',
  created_at: 1,
})

const tokenRow = (id: string) => ({
  id: `token-${id}`,
  secret_hash: id,
  kind: 'workload' as const,
  name: id,
  principal_id: 'm',
  project_id: 'p',
  workload_id: id,
  scopes: '[]',
  created_by: 'm',
  created_at: 1,
  expires_at: null,
  last_used_at: null,
  revoked_at: null,
})
