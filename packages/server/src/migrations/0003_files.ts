import type { Migration } from './migration.ts'

/**
 * Contents of the object store, datasets with their versions, uploads on the way, trees of artifacts. Nothing refers to an object's key
 * but `blob` and, until it is complete, `upload`.
 */
export const files: Migration = {
  name: '0003_files',
  statements: ({ text, int, withoutRowid }) => [
    `create table blob (
      id ${text} primary key, project_id ${text} not null references project (id), sha256 ${text} not null, crc32 ${int} not null,
      size_bytes ${int} not null, key ${text} not null unique, created_at ${int} not null, dead_at ${int})`,
    `create unique index blob_content on blob (project_id, sha256)`,
    `create index blob_dead on blob (dead_at) where dead_at is not null`,

    `create table file_space (project_id ${text} primary key references project (id), names ${int} not null)`,
    `create table file (
      id ${text} primary key, project_id ${text} not null references project (id), kind ${text} not null, name ${text} not null,
      folder ${int} not null, description ${text} not null, last_version ${int} not null, size_bytes ${int} not null,
      created_by ${text}, created_at ${int} not null, updated_at ${int} not null, deleted_at ${int})`,
    `create unique index file_name on file (project_id, kind, name) where deleted_at is null`,
    `create index file_updated on file (project_id, kind, updated_at, id)`,
    `create index file_deleted on file (deleted_at) where deleted_at is not null`,
    `create table file_version (
      id ${text} primary key, file_id ${text} not null references file (id), version ${int} not null, folder ${int} not null,
      size_bytes ${int} not null, entries ${int} not null, sha256 ${text}, content_type ${text}, blob_id ${text} not null references blob (id),
      created_by ${text}, created_at ${int} not null)`,
    `create unique index file_version_number on file_version (file_id, version)`,
    `create index file_version_blob on file_version (blob_id)`,
    `create table file_entry (
      version_id ${text} not null, path ${text} not null, start_byte ${int} not null, size_bytes ${int} not null, sha256 ${text} not null,
      crc32 ${int} not null, primary key (version_id, path))${withoutRowid}`,

    `create table tree (
      id ${text} primary key, project_id ${text} not null references project (id), files ${int} not null, size_bytes ${int} not null,
      changed_at ${int} not null)`,
    `create index tree_project on tree (project_id)`,
    `create table tree_entry (
      tree_id ${text} not null references tree (id), path ${text} not null, blob_id ${text} not null references blob (id),
      size_bytes ${int} not null, sha256 ${text} not null, changed_at ${int} not null, primary key (tree_id, path))${withoutRowid}`,
    `create index tree_entry_blob on tree_entry (blob_id)`,

    `create table upload (
      id ${text} primary key, project_id ${text} not null references project (id), tree_id ${text}, name ${text} not null,
      folder ${int} not null, content_type ${text}, size_bytes ${int} not null, part_size_bytes ${int} not null, entries ${int} not null,
      key ${text} not null, handle ${text} not null, sealed ${int} not null, status ${text} not null, created_by ${text},
      created_at ${int} not null, touched_at ${int} not null)`,
    `create index upload_project on upload (project_id, created_at, id)`,
    `create index upload_key on upload (key)`,
    `create index upload_touched on upload (touched_at)`,
    `create table upload_page (
      upload_id ${text} not null references upload (id), first ${int} not null, entries ${text} not null,
      primary key (upload_id, first))`,
    `create table upload_part (
      upload_id ${text} not null references upload (id), number ${int} not null, tag ${text} not null, size_bytes ${int} not null,
      primary key (upload_id, number))`,
  ],
}
