export interface SecretTables {
  secret: {
    id: string
    project_id: string | null
    owner_id: string | null
    name: string
    description: string
    version: number
    created_at: number
    updated_at: number
    updated_by: string
    last_used_at: number | null
  }
  secret_use: { workload_id: string; secret_id: string; name: string; version: number }
}
