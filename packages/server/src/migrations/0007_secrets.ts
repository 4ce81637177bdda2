import type { Migration } from './migration.ts'

/** Values of projects and of people that workloads get by name, and which value each of them was started with. */
export const secrets: Migration = {
  name: '0007_secrets',
  statements: ({ text, int, withoutRowid }) => [
    `create table secret (
      id ${text} primary key, project_id ${text} references project (id), owner_id ${text} references principal (id), name ${text} not null,
      description ${text} not null, version ${int} not null, created_at ${int} not null, updated_at ${int} not null, updated_by ${text} not null,
      last_used_at ${int})`,
    `create unique index secret_of_project on secret (project_id, name) where project_id is not null`,
    `create unique index secret_of_person on secret (owner_id, name) where owner_id is not null`,
    `create table secret_use (
      workload_id ${text} not null, secret_id ${text} not null, name ${text} not null, version ${int} not null,
      primary key (workload_id, secret_id))${withoutRowid}`,
    `create index secret_use_secret on secret_use (secret_id)`,
  ],
}
