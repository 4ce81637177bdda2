import type { Migration } from './migration.ts'

/** JSON documents of projects, and what they take. */
export const documents: Migration = {
  name: '0009_documents',
  statements: ({ text, int, withoutRowid }) => [
    `create table document (
      project_id ${text} not null, collection ${text} not null, key ${text} not null, value ${text} not null, size_bytes ${int} not null,
      version ${int} not null, created_at ${int} not null, updated_at ${int} not null, updated_by ${text} not null,
      primary key (project_id, collection, key))`,
    `create table document_space (
      project_id ${text} primary key references project (id), documents ${int} not null, size_bytes ${int} not null)${withoutRowid}`,
  ],
}
