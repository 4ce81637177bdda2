import { messageOf, PortError } from '@mllab/kernel'
import type pg from 'pg'

import { takeSession, type Session } from './session.ts'

const OLDEST_VERSION = 150_000
const HEALTH_TIMEOUT_MS = 2000

/** Refuses servers that would store something else than we mean. */
export async function inspectServer(pool: pg.Pool): Promise<{ foldingCollation: string }> {
  const { rows } = await once(pool, (session) =>
    session.query(
      `select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
         current_setting('server_encoding') as encoding,
         exists (select 1 from pg_collation where collname = 'und-x-icu') as icu`,
      [],
      true,
    ),
  )
  const { version, name, encoding, icu } = rows[0] ?? {}
  if (Number(version) < OLDEST_VERSION)
    throw new PortError('UNSUPPORTED', `PostgreSQL 15 or later is needed, this server is ${String(name)}`)
  if (encoding !== 'UTF8')
    throw new PortError('UNSUPPORTED', `the database has the encoding ${String(encoding)}; make one with UTF8`)
  return { foldingCollation: icu === 1 ? 'und-x-icu' : 'default' }
}

export async function databaseTime(pool: pg.Pool): Promise<number> {
  const { rows } = await once(pool, (session) =>
    session.query('select (extract(epoch from clock_timestamp()) * 1000)::bigint as now', [], true),
  )
  return Number(rows[0]?.['now'])
}

/** Taking a transaction id makes the server write and sync its log, as a real write would. */
export async function healthOf(pool: pg.Pool): Promise<{ ok: boolean; detail: string }> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new Error(`PostgreSQL has not answered for ${HEALTH_TIMEOUT_MS} ms`)),
    HEALTH_TIMEOUT_MS,
  )
  try {
    await Promise.race([once(pool, (session) => session.query('select pg_current_xact_id()::text', [], true)), late])
    return { ok: true, detail: 'PostgreSQL reads and writes' }
  } catch (error) {
    return { ok: false, detail: messageOf(error) }
  } finally {
    clearTimeout(timer)
  }
}

async function once<T>(pool: pg.Pool, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await takeSession(pool)
  try {
    return await work(session)
  } finally {
    session.release()
  }
}
