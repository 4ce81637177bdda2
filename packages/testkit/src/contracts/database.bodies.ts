import { PortError } from '@mllab/kernel'
import type { Database } from '@mllab/server/ports/database'
import { expect } from 'vitest'

export function setting(key: string, value = '', updatedAt = 1) {
  return { key, value, updated_at: updatedAt }
}

export function insertSetting(db: Database, key: string, value?: string) {
  return db.sql.insertInto('setting').values(setting(key, value))
}

export async function settingKeys(db: Database): Promise<string[]> {
  const rows = await db.sql.selectFrom('setting').select('key').orderBy('key').execute()
  return rows.map((row) => row.key)
}

/** What a caller may branch on. */
export async function failureOf(work: PromiseLike<unknown>) {
  const error = await Promise.resolve(work).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(PortError)
  const { code, subjects, retryable } = error as PortError // Just looked at.
  return { code, subjects, retryable }
}

export function failure(code: PortError['code'], subjects: string[] = []) {
  return { code, subjects, retryable: false }
}
