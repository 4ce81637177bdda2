import type { Migration } from './migration.ts'

/** Whom owners of workspaces let in. Ended ones stay for a while, for those who ask who was let in. */
export const workspaceShares: Migration = {
  name: '0011_workspace_shares',
  statements: ({ text, int }) => [
    `create table workspace_share (
      id ${text} primary key, workload_id ${text} not null, principal_id ${text}, link_id ${text}, secret_hash ${text}, route_id ${text},
      created_by ${text} not null, created_at ${int} not null, expires_at ${int}, ended_at ${int})`,
    `create index workspace_share_workload on workspace_share (workload_id, created_at)`,
    `create unique index workspace_share_person on workspace_share (workload_id, principal_id, coalesce(route_id, ''))
      where principal_id is not null and ended_at is null`,
    `create index workspace_share_principal on workspace_share (principal_id) where principal_id is not null`,
    `create unique index workspace_share_secret on workspace_share (secret_hash) where secret_hash is not null`,
  ],
}
