import type { AccessTables } from './tables/access.ts'
import type { CoreTables } from './tables/core.ts'

/** Every table with its columns, as Kysely needs them. A test compares it with what the migrations make. */
export interface Tables extends CoreTables, AccessTables {}
