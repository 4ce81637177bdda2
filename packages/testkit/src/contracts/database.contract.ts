import { describe } from 'vitest'

import type { OpenDatabase } from '../database.ts'
import { lifecycle } from './database.lifecycle.ts'
import { textSearch } from './database.search.ts'
import { transactions } from './database.transactions.ts'
import { values } from './database.values.ts'
import { writes } from './database.writes.ts'

/** What every `Database` does. Uses tables of the first migrations. */
export function databaseContract(open: OpenDatabase): void {
  describe('writes', () => writes(open))
  describe('transactions', () => transactions(open))
  describe('values', () => values(open))
  describe('text search', () => textSearch(open))
  describe('lifecycle', () => lifecycle(open))
}
