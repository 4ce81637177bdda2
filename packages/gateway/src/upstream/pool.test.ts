import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { startServer, until, type TestServer } from '../testing/rig.ts'
import type { AnswerHandler, UpstreamConnection } from './connection.ts'
import { UpstreamPool } from './pool.ts'

let app: TestServer
let pool: UpstreamPool

beforeEach(async () => {
  app = await startServer((_req, res) => void res.end(Buffer.alloc(200_000, 'x')))
  pool = new UpstreamPool(app.endpoint)
})
afterEach(async () => {
  pool.destroy()
  await app.close()
})

/** Bytes of an answer, read with a pause after each piece. */
function slowlyBy(connection: UpstreamConnection): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0
    let ended = false
    const handler: AnswerHandler = {
      onHead: () => undefined,
      onWhole: (text) => void (bytes = text.length),
      onData: (piece, release) => {
        bytes += piece.length
        release?.()
        connection.pause()
        setImmediate(() => {
          if (!ended) connection.resume()
        })
      },
      onEnd: () => {
        ended = true
        resolve(bytes)
      },
      onFailure: reject,
    }
    const head = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    connection.start({ method: 'GET', head, body: undefined, answerTimeoutMs: 0, handler })
  })
}

describe('a connection', () => {
  it('is fit for another request though it was paused at its end', async () => {
    for (let i = 0; i < 5; i += 1) expect(await slowlyBy(pool.take())).toBe(200_000)
    expect(pool.stats).toEqual({ running: 0, connected: 1 })
  })

  it('that waits does not outlive its pool, one that works ends its work', async () => {
    const [first, second] = [pool.take(), pool.take()]
    await slowlyBy(first)
    expect(pool.stats).toEqual({ running: 1, connected: 2 })
    pool.retire()
    expect(pool.stats).toEqual({ running: 1, connected: 1 })
    expect(await slowlyBy(second)).toBe(200_000)
    expect(pool.stats).toEqual({ running: 0, connected: 0 })
  })

  it('that the app closed is not used', async () => {
    await slowlyBy(pool.take())
    app.server.closeIdleConnections()
    await until(() => pool.stats.connected === 0)
    expect(await slowlyBy(pool.take())).toBe(200_000)
  })
})
