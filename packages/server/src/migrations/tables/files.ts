export interface FileTables {
  blob: {
    id: string
    project_id: string
    sha256: string
    crc32: number
    size_bytes: number
    key: string
    created_at: number
    dead_at: number | null
  }
  file_space: { project_id: string; names: number }
  file: {
    id: string
    project_id: string
    kind: 'dataset' | 'model'
    name: string
    folder: number
    description: string
    last_version: number
    size_bytes: number
    created_by: string | null
    created_at: number
    updated_at: number
    deleted_at: number | null
  }
  file_version: {
    id: string
    file_id: string
    version: number
    folder: number
    size_bytes: number
    entries: number
    sha256: string | null
    content_type: string | null
    /** Null if its entries have blobs of their own. */
    blob_id: string | null
    created_by: string | null
    created_at: number
  }
  file_entry: {
    version_id: string
    path: string
    start_byte: number
    size_bytes: number
    sha256: string
    crc32: number
    /** Null: it lies in the blob of the version. */
    blob_id: string | null
  }
  tree: { id: string; project_id: string; files: number; size_bytes: number; changed_at: number }
  tree_entry: {
    tree_id: string
    path: string
    blob_id: string
    size_bytes: number
    sha256: string
    changed_at: number
  }
  upload: {
    id: string
    project_id: string
    tree_id: string | null
    name: string
    folder: number
    content_type: string | null
    size_bytes: number
    part_size_bytes: number
    entries: number
    key: string
    handle: string
    sealed: number
    status: 'open' | 'complete'
    created_by: string | null
    created_at: number
    touched_at: number
    kind: 'dataset' | 'model'
  }
  upload_page: { upload_id: string; first: number; entries: string }
  upload_part: { upload_id: string; number: number; tag: string; size_bytes: number }
}
