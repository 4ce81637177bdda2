import { isPortError, PortError } from '@mllab/kernel'
import type pg from 'pg'

import { isLost, postgresError } from './errors.ts'

interface Answered {
  readonly rows: Record<string, unknown>[]
  readonly affected: number
}

/** One client of the pool, from taking it to giving it back. */
export interface Session {
  /** `mayRepeat`: nothing is stored if the connection is lost now; default false. */
  query(sql: string, parameters: readonly unknown[], mayRepeat?: boolean): Promise<Answered>
  /** Several statements in one round trip, without parameters or results. */
  control(sql: string): Promise<void>
  commit(): Promise<void>
  /** Never fails: a client that cannot roll back is thrown away. */
  rollback(): Promise<void>
  /** Safe to call twice. */
  release(): void
}

export async function takeSession(pool: pg.Pool): Promise<Session> {
  if (pool.ending) throw new PortError('UNAVAILABLE', 'the database is closed', { retryable: false })
  let lost = false
  let released = false
  let client: pg.PoolClient
  try {
    client = await pool.connect()
  } catch (error) {
    throw postgresError(error, true)
  }

  const guarded = async <T>(mayRepeat: boolean, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      lost ||= isLost(error) && !isPortError(error)
      throw postgresError(error, mayRepeat)
    }
  }
  // The extended protocol refuses two statements in one text.
  const run = (text: string, values: readonly unknown[]) =>
    client.query<Record<string, unknown>>({ text, values: [...values], queryMode: 'extended' } as pg.QueryConfig)

  return {
    query: (sql, parameters, mayRepeat = false) =>
      guarded(mayRepeat, async () => {
        const { rows, rowCount } = await run(sql, parameters)
        return { rows, affected: rowCount ?? 0 }
      }),
    control: (sql) => guarded(true, async () => void (await client.query(sql))),
    commit: () =>
      guarded(false, async () => {
        const { command } = await run('commit', [])
        if (command !== 'COMMIT') throw new Error('a failed transaction was committed')
      }),
    rollback: async () => {
      try {
        await client.query('rollback')
      } catch {
        lost = true
      }
    },
    release: () => {
      if (released) return
      released = true
      client.release(lost)
    },
  }
}

/** `work` between `begin` and `commit` on one client. */
export async function inTransaction<T>(
  pool: pg.Pool,
  begin: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await takeSession(pool)
  try {
    await session.control(begin)
    let value: T
    try {
      value = await work(session)
    } catch (error) {
      await session.rollback()
      throw error
    }
    await session.commit()
    return value
  } finally {
    session.release()
  }
}
