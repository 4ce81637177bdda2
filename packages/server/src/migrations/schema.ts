import type { AccessTables } from './tables/access.ts'
import type { CoreTables } from './tables/core.ts'
import type { DocumentTables } from './tables/documents.ts'
import type { FileTables } from './tables/files.ts'
import type { SecretTables } from './tables/secrets.ts'
import type { TrackingTables } from './tables/tracking.ts'
import type { WorkloadTables } from './tables/workloads.ts'
import type { WorkspaceTables } from './tables/workspaces.ts'

/** Every table with its columns, as Kysely needs them. A test compares it with what the migrations make. */
export interface Tables
  extends
    CoreTables,
    AccessTables,
    DocumentTables,
    FileTables,
    SecretTables,
    WorkloadTables,
    WorkspaceTables,
    TrackingTables {}
