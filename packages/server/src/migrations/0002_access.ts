import type { Migration } from './migration.ts'

/** Principals, accounts, memberships, sessions, tokens, projects. Deleted rows keep their names free by `deleted_at`. */
export const access: Migration = {
  name: '0002_access',
  statements: ({ text, int }) => [
    `create table principal (id ${text} primary key, kind ${text} not null, created_at ${int} not null, deleted_at ${int})`,
    `create table account (
      principal_id ${text} primary key references principal (id), username ${text} not null, display_name ${text} not null,
      password_hash ${text}, admin ${int} not null, status ${text} not null, created_at ${int} not null, updated_at ${int} not null,
      last_login_at ${int}, deleted_at ${int})`,
    `create unique index account_username on account (username) where deleted_at is null`,
    `create table project (
      id ${text} primary key, slug ${text} not null, name ${text} not null, description ${text} not null, personal_of ${text},
      version ${int} not null, created_by ${text} not null, created_at ${int} not null, updated_at ${int} not null, deleted_at ${int})`,
    `create unique index project_slug on project (slug)`,
    `create index project_created on project (created_at, id)`,
    `create unique index project_personal on project (personal_of) where personal_of is not null and deleted_at is null`,
    `create table membership (
      project_id ${text} not null references project (id), principal_id ${text} not null references principal (id),
      role ${text} not null, created_at ${int} not null, primary key (project_id, principal_id))`,
    `create index membership_principal on membership (principal_id)`,
    `create table session (
      id ${text} primary key, secret_hash ${text} not null unique, principal_id ${text} not null references principal (id),
      created_at ${int} not null, expires_at ${int} not null, last_seen_at ${int} not null, user_agent ${text} not null,
      address ${text} not null)`,
    `create index session_principal on session (principal_id)`,
    `create table token (
      id ${text} primary key, secret_hash ${text} not null unique, kind ${text} not null, name ${text} not null,
      principal_id ${text} not null references principal (id), project_id ${text} references project (id), workload_id ${text},
      scopes ${text} not null, created_by ${text} not null, created_at ${int} not null, expires_at ${int}, last_used_at ${int},
      revoked_at ${int})`,
    `create index token_principal on token (principal_id, created_at, id)`,
    `create index token_project on token (project_id, created_at, id)`,
    `create index token_workload on token (workload_id)`,
    `create table invitation (
      id ${text} primary key, secret_hash ${text} not null unique, project_id ${text} not null references project (id),
      role ${text} not null, created_by ${text} not null, created_at ${int} not null, expires_at ${int} not null,
      accepted_by ${text}, accepted_at ${int}, revoked_at ${int})`,
    `create index invitation_project on invitation (project_id, created_at, id)`,
    `create table login_attempt (subject ${text} primary key, failures ${int} not null, blocked_until ${int} not null, at ${int} not null)`,
  ],
}
