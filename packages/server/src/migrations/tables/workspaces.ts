export interface WorkspaceTables {
  workspace_profile: { slug: string; body: string; is_default: number; created_at: number; updated_at: number }
  workspace: {
    workload_id: string
    project_id: string
    git: string | null
    git_status: 'waiting' | 'cloning' | 'done' | 'failed' | null
    git_detail: string
    prepared_generation: number
    suspend_after_ms: number
    stop_after_ms: number
    active_at: number
    busy: string
    suspended_at: number | null
    keep_until: number
    stop_warned_at: number | null
    expires_at: number | null
    expiry_warned_at: number | null
    expired_at: number | null
    copy_from: string | null
  }
  dataset_volume: { volume_id: string; project_id: string; ready_at: number | null; used_at: number }
  workspace_share: {
    id: string
    workload_id: string
    principal_id: string | null
    link_id: string | null
    secret_hash: string | null
    route_id: string | null
    created_by: string
    created_at: number
    expires_at: number | null
    ended_at: number | null
  }
  workspace_snapshot: {
    id: string
    workload_id: string
    volume_id: string
    name: string
    status: 'taking' | 'ready' | 'failed'
    detail: string
    size_bytes: number | null
    operation_id: string
    created_by: string
    created_at: number
  }
}
