export interface DocumentTables {
  document: {
    project_id: string
    collection: string
    key: string
    value: string
    size_bytes: number
    version: number
    created_at: number
    updated_at: number
    updated_by: string
  }
  document_space: { project_id: string; documents: number; size_bytes: number }
}
