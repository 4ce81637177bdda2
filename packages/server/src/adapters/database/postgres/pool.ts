import type { Log } from '@mllab/kernel'
import pg from 'pg'

import { portableTypes } from './types.ts'

interface Options {
  readonly uri: string
  readonly log: Log
  readonly max: number
  readonly statementTimeoutMs: number
  /** Settings of the session, as `postgres -c name=value`. */
  readonly settings?: string
}

const CONNECT_TIMEOUT_MS = 10_000
const CLOSE_PATIENCE_MS = 5000

/** A pool of pg that connects when it is used. `close` lets statements finish for 5 s, then cuts them off. */
export function createPool({ uri, log, max, statementTimeoutMs, settings }: Options) {
  const pool = new pg.Pool({
    connectionString: uri,
    max,
    types: portableTypes,
    statement_timeout: statementTimeoutMs,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'mllab',
    ...(settings === undefined ? {} : { options: settings }),
  })
  const clients = new Set<pg.Client>()
  pool.on('connect', (client) => {
    clients.add(client)
    // pg tells the pool of idle clients only; one that breaks inside a transaction would end the process.
    client.on('error', (error) => log.warn('a connection to PostgreSQL was lost', { error: error.message }))
  })
  pool.on('remove', (client) => clients.delete(client))
  pool.on('error', () => undefined) // The client's own listener has said it.

  const close = async () => {
    const cutOff = setTimeout(() => {
      for (const client of clients) void client.end()
    }, CLOSE_PATIENCE_MS)
    await pool.end()
    clearTimeout(cutOff)
  }
  return { pool, close }
}
