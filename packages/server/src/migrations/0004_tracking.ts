import type { Migration } from './migration.ts'

/**
 * Experiments, runs, logged models, the model registry. Inside, runs, experiments and names of metrics, params and tags are integers
 * (`ref`, `key_ref.id`): the metric table has 32 bytes a row that way. `experiment` is repeated in what is searched, or the cost of a
 * search would grow with everybody's runs; `key_ref` belongs to a project, so a key never meets rows of another one.
 */
export const tracking: Migration = {
  name: '0004_tracking',
  statements: ({ text, int, real, serial, withoutRowid, prefix }) => [
    `create table key_ref (id ${serial}, project_id ${text} not null, name ${text} not null)`,
    `create unique index key_ref_name on key_ref (project_id, name)`,

    `create table experiment (
      ref ${serial}, project_id ${text} not null references project (id), number ${int} not null, name ${text} not null,
      created_at ${int} not null, updated_at ${int} not null, deleted_at ${int})`,
    `create unique index experiment_number on experiment (project_id, number)`,
    `create unique index experiment_name on experiment (project_id, name) where deleted_at is null`,
    `create index experiment_updated on experiment (project_id, updated_at, ref)`,
    `create table experiment_tag (
      experiment ${int} not null, key ${text} not null, value ${text} not null, primary key (experiment, key))`,

    `create table run (
      ref ${serial}, id ${text} not null unique, project_id ${text} not null, experiment ${int} not null, name ${text} not null,
      status ${text} not null, user_name ${text} not null, created_by ${text} not null, started_at ${int} not null, ended_at ${int},
      deleted_at ${int})`,
    `create index run_started on run (project_id, started_at, ref)`,
    `create index run_experiment on run (experiment, started_at, ref)`,
    `create index run_name on run (project_id, ${prefix('name')}, ref)`,

    `create table metric (
      run ${int} not null, key ${int} not null, step ${int} not null, at ${int} not null, value ${real} not null,
      is_nan ${int} not null, primary key (run, key, step, at, value, is_nan))${withoutRowid}`,
    `create table latest_metric (
      run ${int} not null, key ${int} not null, experiment ${int} not null, step ${int} not null, at ${int} not null,
      value ${real} not null, is_nan ${int} not null, primary key (run, key))${withoutRowid}`,
    `create index latest_metric_value on latest_metric (experiment, key, is_nan, value, run)`,
    `create table run_param (
      run ${int} not null, key ${int} not null, experiment ${int} not null, value ${text} not null, primary key (run, key))`,
    `create index run_param_value on run_param (experiment, key, ${prefix('value')}, run)`,
    `create table run_tag (
      run ${int} not null, key ${int} not null, experiment ${int} not null, value ${text} not null, primary key (run, key))`,
    `create index run_tag_value on run_tag (experiment, key, ${prefix('value')}, run)`,

    `create table run_dataset_source (
      id ${text} primary key, project_id ${text} not null, experiment ${int} not null, name ${text} not null, digest ${text} not null,
      source_type ${text} not null, source ${text} not null, schema ${text}, profile ${text})`,
    `create unique index run_dataset_source_digest on run_dataset_source (experiment, name, digest)`,
    `create table run_dataset (
      run ${int} not null, dataset_id ${text} not null, context ${text}, tags ${text} not null, primary key (run, dataset_id))`,
    `create index run_dataset_id on run_dataset (dataset_id, run)`,

    `create table logged_model (
      id ${text} primary key, project_id ${text} not null, experiment ${int} not null, run ${int}, name ${text} not null,
      type ${text} not null, status ${text} not null, status_message ${text} not null, created_by ${text} not null,
      created_at ${int} not null, updated_at ${int} not null, deleted_at ${int})`,
    `create index logged_model_experiment on logged_model (experiment, created_at, id)`,
    `create index logged_model_run on logged_model (run)`,
    `create table logged_model_param (
      model_id ${text} not null, key ${text} not null, value ${text} not null, primary key (model_id, key))`,
    `create table logged_model_tag (
      model_id ${text} not null, key ${text} not null, value ${text} not null, primary key (model_id, key))`,
    `create table logged_model_metric (
      model_id ${text} not null, key ${text} not null, step ${int} not null, at ${int} not null, run ${int} not null,
      value ${real} not null, is_nan ${int} not null, dataset_name ${text}, dataset_digest ${text},
      primary key (model_id, key, step, at, run))`,
    `create table run_model (
      run ${int} not null, model_id ${text} not null, direction ${text} not null, step ${int} not null,
      primary key (run, model_id, direction))`,
    `create index run_model_id on run_model (model_id)`,

    `create table registered_model (
      id ${text} primary key, project_id ${text} not null references project (id), name ${text} not null,
      description ${text} not null, last_version ${int} not null, created_by ${text} not null, created_at ${int} not null,
      updated_at ${int} not null, deleted_at ${int})`,
    `create unique index registered_model_name on registered_model (project_id, name) where deleted_at is null`,
    `create index registered_model_updated on registered_model (project_id, updated_at, id)`,
    `create table registered_model_tag (
      model_id ${text} not null, key ${text} not null, value ${text} not null, primary key (model_id, key))`,
    `create table registered_model_alias (
      model_id ${text} not null, alias ${text} not null, version ${int} not null, primary key (model_id, alias))`,
    `create table model_version (
      model_id ${text} not null, version ${int} not null, project_id ${text} not null, description ${text} not null,
      stage ${text} not null, status ${text} not null, status_message ${text} not null, source ${text} not null, run_id ${text},
      logged_model_id ${text}, run_link ${text} not null, user_name ${text} not null, created_by ${text} not null,
      created_at ${int} not null, updated_at ${int} not null, deleted_at ${int}, primary key (model_id, version))`,
    `create index model_version_updated on model_version (project_id, updated_at, model_id, version)`,
    `create index model_version_run on model_version (project_id, run_id)`,
    `create index model_version_logged on model_version (logged_model_id)`,
    `create table model_version_tag (
      model_id ${text} not null, version ${int} not null, key ${text} not null, value ${text} not null,
      primary key (model_id, version, key))`,
  ],
}
