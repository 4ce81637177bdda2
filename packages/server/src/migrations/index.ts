import { core } from './0001_core.ts'
import { access } from './0002_access.ts'
import type { Migration } from './migration.ts'

/** In the order they are applied. Add at the end; never change one that was released. */
export const migrations: readonly Migration[] = [core, access]
