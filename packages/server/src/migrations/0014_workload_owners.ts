import type { Migration } from './migration.ts'

/** How many somebody has is counted whenever another is made. */
export const workloadOwners: Migration = {
  name: '0014_workload_owners',
  statements: () => [`create index workload_owner on workload (owner_id, kind) where deleted_at is null`],
}
