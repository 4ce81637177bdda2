import { delay, messageOf, newId, silentLog, type Log } from '@mllab/kernel'
import pg from 'pg'

import type { ChangeFeed, ChangeTopic } from '../../ports/changes.ts'
import { createLocalChanges } from './local.ts'

export interface PostgresChangesOptions {
  readonly uri: string
  readonly log?: Log
}

const CHANNEL = 'mllab_changes'
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5000
const CONNECT_TIMEOUT_MS = 10_000

/** Announced to everybody after a connection was made: what was said meanwhile is not known. */
const ALL_TOPICS: Readonly<Record<ChangeTopic, true>> = {
  events: true,
  access: true,
  workloads: true,
  operations: true,
  routes: true,
}

/**
 * Wake-ups between replicas by LISTEN/NOTIFY, on one connection of its own that is made again when it breaks. This process is woken
 * at once, whether or not there is a connection; every subscriber is woken after each reconnect.
 */
export function createPostgresChanges({ uri, log = silentLog }: PostgresChangesOptions): ChangeFeed {
  const local = createLocalChanges()
  const self = newId()
  const unsent = new Set<ChangeTopic>()
  const closing = new AbortController()
  const { promise: closed, reject: refuseToConnect } = Promise.withResolvers<never>()
  closed.catch(() => undefined)
  let client: pg.Client | undefined
  let sending: Promise<unknown> | undefined
  let scheduled: NodeJS.Immediate | undefined

  const send = async () => {
    scheduled = undefined
    // The client takes one query at a time.
    while (client && !sending && unsent.size > 0) {
      const topics = [...unsent]
      unsent.clear()
      sending = client.query(`select pg_notify($1, $2 || t) from unnest($3::text[]) t`, [CHANNEL, `${self}:`, topics])
      try {
        await sending
      } catch {
        // The connection is broken and will be made again; they go out then.
        for (const topic of topics) unsent.add(topic)
        return
      } finally {
        sending = undefined
      }
    }
  }
  const hear = ({ payload = '' }: pg.Notification) => {
    const [from, topic = ''] = payload.split(':')
    if (from !== self && isTopic(topic)) local.announce(topic)
  }

  const stayConnected = async () => {
    for (let retryMs = FIRST_RETRY_MS; !closing.signal.aborted;) {
      try {
        const { ended } = await connect()
        retryMs = FIRST_RETRY_MS
        await ended
      } catch (error) {
        if (!closing.signal.aborted) log.warn('no connection for change notices', { error: messageOf(error), retryMs })
      }
      await delay(retryMs, closing.signal).catch(() => undefined)
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)
    }
  }
  /** Resolves when listening. */
  const connect = async (): Promise<{ ended: Promise<void> }> => {
    const next = new pg.Client({
      connectionString: uri,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: 'mllab-changes',
    })
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    next.on('error', (error) => log.warn('the connection for change notices broke', { error: error.message }))
    next.on('notification', hear)
    next.on('end', () => {
      if (client === next) client = undefined
      end()
    })
    try {
      await Promise.race([next.connect().then(() => next.query(`listen ${CHANNEL}`)), closed])
    } catch (error) {
      next.end().catch(() => undefined) // Not waited for: of a connection that is not there yet the end never comes.
      throw error
    }
    client = next
    for (const topic of Object.keys(ALL_TOPICS)) if (isTopic(topic)) local.announce(topic)
    void send()
    return { ended }
  }

  const connected = stayConnected()
  return {
    announce: (topic) => {
      local.announce(topic)
      unsent.add(topic)
      scheduled ??= setImmediate(() => void send())
    },
    subscribe: (topic, wake) => local.subscribe(topic, wake),
    close: async () => {
      clearImmediate(scheduled)
      await sending?.catch(() => undefined)
      await send()
      closing.abort()
      refuseToConnect(closing.signal.reason)
      await client?.end()
      await connected
      await local.close()
    },
  }
}

function isTopic(text: string): text is ChangeTopic {
  return text in ALL_TOPICS
}
