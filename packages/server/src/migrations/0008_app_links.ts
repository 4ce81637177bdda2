import type { Migration } from './migration.ts'

/** Links into services on addresses where apps have no origins of their own. */
export const appLinks: Migration = {
  name: '0008_app_links',
  statements: ({ text, int }) => [
    `create table app_link (
      id ${text} primary key, secret_hash ${text} not null unique, route_id ${text} not null, principal_id ${text} not null,
      session_id ${text} not null, created_at ${int} not null, expires_at ${int} not null)`,
    `create index app_link_session on app_link (session_id, route_id)`,
    `create index app_link_principal on app_link (principal_id, created_at)`,
    `create index app_link_expired on app_link (expires_at)`,
  ],
}
