import { onAddresses } from './entries/addresses.ts'
import type { EntryAttack } from './entries/entry.ts'
import { byPrograms } from './entries/programs.ts'
import { byTickets } from './entries/tickets.ts'

/** Who may not get in, and who must. */
export const ENTRY_ATTACKS: readonly EntryAttack[] = [...byPrograms, ...onAddresses, ...byTickets]
