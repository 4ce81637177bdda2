import type { Clock, Log } from '@mllab/kernel'

import type { Outbox } from '../../core/outbox.ts'
import type { Rounds } from '../../core/rounds.ts'
import type { Database } from '../../ports/database.ts'
import type { Access } from '../access/access.ts'
import type { Frozen, Trees } from '../files/files.ts'

/** What every part of tracking works with. */
export interface TrackingContext {
  readonly db: Database
  readonly clock: Clock
  readonly access: Access
  readonly outbox: Outbox
  readonly trees: Trees
  readonly frozen: Frozen
  readonly rounds: Rounds
  /** What was deleted can be restored for so long, then it is purged. */
  readonly keepDeletedMs: number
  readonly log: Log
}
