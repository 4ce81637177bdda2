import type { Migration } from './migration.ts'

/**
 * Versions of models keep their files: a version of a file may be made of entries that lie in blobs of their own, and then has none itself.
 * Uploads say what they become. Indexes for what was deleted and is to be purged.
 */
export const frozenModels: Migration = {
  name: '0006_frozen_models',
  statements: ({ dialect, text, int }) => [
    ...(dialect === 'postgres'
      ? [`alter table file_version alter column blob_id drop not null`]
      : [
          // SQLite cannot change a column; nothing refers to this table.
          `create table file_version_next (
            id ${text} primary key, file_id ${text} not null references file (id), version ${int} not null, folder ${int} not null,
            size_bytes ${int} not null, entries ${int} not null, sha256 ${text}, content_type ${text}, blob_id ${text} references blob (id),
            created_by ${text}, created_at ${int} not null)`,
          `insert into file_version_next select * from file_version`,
          `drop table file_version`,
          `alter table file_version_next rename to file_version`,
          `create unique index file_version_number on file_version (file_id, version)`,
          `create index file_version_blob on file_version (blob_id)`,
        ]),
    `alter table file_entry add column blob_id ${text} references blob (id)`,
    `create index file_entry_blob on file_entry (blob_id) where blob_id is not null`,
    `alter table upload add column kind ${text} not null default 'dataset'`,
    `alter table model_version add column file_version_id ${text}`,
    ...['experiment', 'run', 'logged_model', 'registered_model', 'model_version'].map(
      (table) => `create index ${table}_deleted on ${table} (deleted_at) where deleted_at is not null`,
    ),
  ],
}
