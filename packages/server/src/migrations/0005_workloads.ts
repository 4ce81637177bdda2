import type { Migration } from './migration.ts'

/** What should be running, what is observed of it, and where it is reached. */
export const workloads: Migration = {
  name: '0005_workloads',
  statements: ({ text, int }) => [
    `create table workload (
      id ${text} primary key, project_id ${text} not null references project (id), kind ${text} not null, slug ${text} not null, name ${text} not null,
      owner_id ${text} not null references principal (id), desired ${text} not null, generation ${int} not null, spec ${text} not null,
      image_key ${text}, status ${text} not null, status_since ${int} not null, reason ${text}, steps ${text} not null,
      restarts ${int} not null, restarted_at ${int}, started_at ${int}, shard ${int} not null, created_at ${int} not null, updated_at ${int} not null,
      deleted_at ${int}, purged_at ${int})`,
    `create unique index workload_slug on workload (project_id, kind, slug) where deleted_at is null`,
    `create index workload_list on workload (project_id, kind, created_at, id)`,
    `create index workload_unpurged on workload (shard) where purged_at is null`,
    `create table route (
      id ${text} primary key, kind ${text} not null, workload_id ${text} not null, project_id ${text} not null, owner_id ${text} not null,
      slug ${text} not null, port_name ${text} not null,
      port ${int} not null, label ${text} not null unique, path_prefix ${text} not null, strip_prefix ${int} not null, created_at ${int} not null,
      removed_at ${int})`,
    `create index route_workload on route (workload_id)`,
    `create index route_living on route (removed_at, id)`,
    `create unique index route_prefix on route (path_prefix) where removed_at is null`,
    `create table used_ticket (id ${text} primary key, expires_at ${int} not null)`,
  ],
}
