import type { Generated } from 'kysely'

export interface CoreTables {
  meta: { key: string; value: string }
  event: {
    seq: Generated<number>
    id: string
    project_id: string | null
    type: string
    subject_kind: string
    subject_id: string
    actor_id: string | null
    at: number
    payload: string
  }
  event_cursor: { consumer: string; seq: number }
  lease: { name: string; holder: string; epoch: number; expires_at: number }
  operation: {
    id: string
    project_id: string | null
    kind: string
    subject_kind: string
    subject_id: string
    actor_id: string | null
    status: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'
    steps: string
    done: number
    total: number
    unit: string
    error: string | null
    input: string
    cancel_requested: Generated<number>
    holder: string | null
    created_at: number
    updated_at: number
    finished_at: number | null
  }
  setting: { key: string; value: string; updated_at: number }
  sealed: { id: string; key_id: string; nonce: Uint8Array; body: Uint8Array; created_at: number }
  sample: { series: string; resolution: number; at: number; value: number }
  idempotency: {
    actor_id: string
    key: string
    fingerprint: string
    status: number | null
    body: string | null
    created_at: number
  }
}
