export interface WorkloadTables {
  workload: {
    id: string
    project_id: string
    kind: 'workspace' | 'service'
    slug: string
    name: string
    owner_id: string
    desired: 'running' | 'stopped' | 'deleted'
    generation: number
    spec: string
    image_key: string | null
    status: 'starting' | 'running' | 'unhealthy' | 'stopping' | 'stopped' | 'failed'
    status_since: number
    reason: string | null
    steps: string
    restarts: number
    restarted_at: number | null
    started_at: number | null
    shard: number
    created_at: number
    updated_at: number
    deleted_at: number | null
    purged_at: number | null
    revision: number
    next: string | null
  }
  route: {
    id: string
    kind: 'workspace' | 'service'
    workload_id: string
    project_id: string
    owner_id: string
    slug: string
    port_name: string
    port: number
    label: string
    path_prefix: string
    strip_prefix: number
    created_at: number
    removed_at: number | null
  }
  used_ticket: { id: string; expires_at: number }
  app_link: {
    id: string
    secret_hash: string
    route_id: string
    principal_id: string
    session_id: string
    created_at: number
    expires_at: number
  }
}
