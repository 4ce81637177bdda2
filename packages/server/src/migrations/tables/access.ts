export interface AccessTables {
  principal: { id: string; kind: 'user' | 'group' | 'service'; created_at: number; deleted_at: number | null }
  account: {
    principal_id: string
    username: string
    display_name: string
    password_hash: string | null
    admin: number
    status: 'active' | 'pending' | 'disabled'
    created_at: number
    updated_at: number
    last_login_at: number | null
    deleted_at: number | null
  }
  project: {
    id: string
    slug: string
    name: string
    description: string
    personal_of: string | null
    version: number
    created_by: string
    created_at: number
    updated_at: number
    deleted_at: number | null
  }
  membership: { project_id: string; principal_id: string; role: 'owner' | 'editor' | 'viewer'; created_at: number }
  session: {
    id: string
    secret_hash: string
    principal_id: string
    created_at: number
    expires_at: number
    last_seen_at: number
    user_agent: string
    address: string
  }
  token: {
    id: string
    secret_hash: string
    kind: 'user' | 'project' | 'workload'
    name: string
    principal_id: string
    project_id: string | null
    workload_id: string | null
    scopes: string
    created_by: string
    created_at: number
    expires_at: number | null
    last_used_at: number | null
    revoked_at: number | null
  }
  invitation: {
    id: string
    secret_hash: string
    project_id: string
    role: 'owner' | 'editor' | 'viewer'
    created_by: string
    created_at: number
    expires_at: number
    accepted_by: string | null
    accepted_at: number | null
    revoked_at: number | null
  }
  login_attempt: { subject: string; failures: number; blocked_until: number; at: number }
}
