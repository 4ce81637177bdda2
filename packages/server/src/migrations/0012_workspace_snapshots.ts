import type { Migration } from './migration.ts'

/** Files of workspaces as they were once, and what a workspace that was copied is still to be filled with. */
export const workspaceSnapshots: Migration = {
  name: '0012_workspace_snapshots',
  statements: ({ text, int }) => [
    `create table workspace_snapshot (
      id ${text} primary key, workload_id ${text} not null, volume_id ${text} not null, name ${text} not null, status ${text} not null,
      detail ${text} not null, size_bytes ${int}, operation_id ${text} not null, created_by ${text} not null, created_at ${int} not null)`,
    `create index workspace_snapshot_workload on workspace_snapshot (workload_id, created_at)`,
    `alter table workspace add column copy_from ${text}`,
  ],
}
