import type { Migration } from './migration.ts'

/** What every domain needs: events, leases, operations, settings, secrets, samples, answers kept for `Idempotency-Key`. */
export const core: Migration = {
  name: '0001_core',
  statements: ({ text, int, real, bytes, serial, withoutRowid, dialect }) => [
    `create table meta (key ${text} primary key, value ${text} not null)`,
    `insert into meta (key, value) values ('access_version', '1'), ('min_program', '0.1.0')`,
    `create table event (
      seq ${serial}, id ${text} not null unique, project_id ${text}, type ${text} not null, subject_kind ${text} not null,
      subject_id ${text} not null, actor_id ${text}, at ${int} not null, payload ${text} not null${
        dialect === 'postgres' ? ', xid xid8 not null default pg_current_xact_id()' : ''
      })`,
    `create index event_project on event (project_id, seq)`,
    `create table event_cursor (consumer ${text} primary key, seq ${int} not null)`,
    `create table lease (
      name ${text} primary key, holder ${text} not null, epoch ${int} not null, expires_at ${int} not null)`,
    `create table operation (
      id ${text} primary key, project_id ${text}, kind ${text} not null, subject_kind ${text} not null, subject_id ${text} not null,
      actor_id ${text}, status ${text} not null, steps ${text} not null, done ${int} not null, total ${int} not null,
      unit ${text} not null, error ${text}, input ${text} not null, cancel_requested ${int} not null default 0,
      holder ${text}, created_at ${int} not null, updated_at ${int} not null, finished_at ${int})`,
    `create index operation_project on operation (project_id, created_at, id)`,
    `create index operation_subject on operation (subject_kind, subject_id, created_at)`,
    `create index operation_open on operation (status, holder)`,
    `create table setting (key ${text} primary key, value ${text} not null, updated_at ${int} not null)`,
    `create table sealed (
      id ${text} primary key, key_id ${text} not null, nonce ${bytes} not null, body ${bytes} not null, created_at ${int} not null)`,
    `create table sample (
      series ${text} not null, resolution ${int} not null, at ${int} not null, value ${real} not null,
      primary key (series, resolution, at))${withoutRowid}`,
    `create index sample_age on sample (resolution, at)`,
    `create table idempotency (
      actor_id ${text} not null, key ${text} not null, fingerprint ${text} not null, status ${int}, body ${text},
      created_at ${int} not null, primary key (actor_id, key))`,
  ],
}
