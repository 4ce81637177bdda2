import type { Migration } from './migration.ts'

/** What workspaces are made of, what becomes of them when nobody uses them, and versions of datasets laid out as folders. */
export const workspaces: Migration = {
  name: '0010_workspaces',
  statements: ({ text, int, withoutRowid }) => [
    `create table workspace_profile (
      slug ${text} primary key, body ${text} not null, is_default ${int} not null, created_at ${int} not null, updated_at ${int} not null)`,
    `create unique index workspace_profile_default on workspace_profile (is_default) where is_default = 1`,
    `create table workspace (
      workload_id ${text} primary key references workload (id), project_id ${text} not null, profile ${text}, git ${text}, git_status ${text},
      git_detail ${text} not null, prepared_generation ${int} not null, suspend_after_ms ${int} not null, stop_after_ms ${int} not null,
      active_at ${int} not null, busy ${text} not null, suspended_at ${int}, keep_until ${int} not null, stop_warned_at ${int},
      expires_at ${int}, expiry_warned_at ${int}, expired_at ${int})`,
    `create index workspace_expiring on workspace (expires_at) where expires_at is not null`,
    `insert into workspace (workload_id, project_id, git_detail, prepared_generation, suspend_after_ms, stop_after_ms, active_at, busy, keep_until)
      select id, project_id, '', generation, 0, 0, created_at, '', 0 from workload where kind = 'workspace' and purged_at is null`,
    `create table dataset_volume (
      volume_id ${text} primary key, project_id ${text} not null, ready_at ${int}, used_at ${int} not null)${withoutRowid}`,
  ],
}
