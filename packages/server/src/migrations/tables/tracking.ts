import type { Generated } from 'kysely'

export interface TrackingTables {
  key_ref: { id: Generated<number>; project_id: string; name: string }
  experiment: {
    ref: Generated<number>
    project_id: string
    number: number
    name: string
    created_at: number
    updated_at: number
    deleted_at: number | null
  }
  experiment_tag: { experiment: number; key: string; value: string }
  run: {
    ref: Generated<number>
    id: string
    project_id: string
    experiment: number
    name: string
    status: 'queued' | 'running' | 'finished' | 'failed' | 'killed'
    user_name: string
    created_by: string
    started_at: number
    ended_at: number | null
    deleted_at: number | null
  }
  metric: { run: number; key: number; step: number; at: number; value: number; is_nan: number }
  latest_metric: {
    run: number
    key: number
    experiment: number
    step: number
    at: number
    value: number
    is_nan: number
  }
  run_param: { run: number; key: number; experiment: number; value: string }
  run_tag: { run: number; key: number; experiment: number; value: string }
  run_dataset_source: {
    id: string
    project_id: string
    experiment: number
    name: string
    digest: string
    source_type: string
    source: string
    schema: string | null
    profile: string | null
  }
  run_dataset: { run: number; dataset_id: string; context: string | null; tags: string }
  logged_model: {
    id: string
    project_id: string
    experiment: number
    run: number | null
    name: string
    type: string
    status: string
    status_message: string
    created_by: string
    created_at: number
    updated_at: number
    deleted_at: number | null
  }
  logged_model_param: { model_id: string; key: string; value: string }
  logged_model_tag: { model_id: string; key: string; value: string }
  logged_model_metric: {
    model_id: string
    key: string
    step: number
    at: number
    run: number
    value: number
    is_nan: number
    dataset_name: string | null
    dataset_digest: string | null
  }
  run_model: { run: number; model_id: string; direction: 'input' | 'output'; step: number }
  registered_model: {
    id: string
    project_id: string
    name: string
    description: string
    last_version: number
    created_by: string
    created_at: number
    updated_at: number
    deleted_at: number | null
  }
  registered_model_tag: { model_id: string; key: string; value: string }
  registered_model_alias: { model_id: string; alias: string; version: number }
  model_version: {
    model_id: string
    version: number
    project_id: string
    description: string
    stage: string
    status: string
    status_message: string
    source: string
    run_id: string | null
    logged_model_id: string | null
    /** Null: its files are not kept with it. */
    file_version_id: string | null
    run_link: string
    user_name: string
    created_by: string
    created_at: number
    updated_at: number
    deleted_at: number | null
  }
  model_version_tag: { model_id: string; version: number; key: string; value: string }
}
