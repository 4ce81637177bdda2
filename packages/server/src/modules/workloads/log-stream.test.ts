import { once } from 'node:events'

import { describe, expect, it } from 'vitest'

import type { Runtime } from '../../ports/runtime.ts'
import { logStream } from './log-stream.ts'

/** A runtime with one endless log, and whether somebody holds it. */
function endlessLog() {
  const state = { open: false }
  async function* logs() {
    state.open = true
    try {
      for (let offset = 0; ; offset += 1) yield { bytes: Buffer.from('x'), offset }
    } finally {
      state.open = false
    }
  }
  return { state, runtime: { instances: { logs } } as unknown as Runtime } // nothing else of it is used
}

const ref = { workloadId: 'w', replica: 0 }

describe('a log as a stream', () => {
  it.each([true, false])('lets go of the log when its reader leaves in the middle (follow: %s)', async (follow) => {
    const { state, runtime } = endlessLog()
    const { stream } = await logStream(runtime, ref, { from: 0, follow, signal: new AbortController().signal })
    await once(stream, 'readable')
    expect(state.open).toBe(true)
    stream.destroy()
    await once(stream, 'close')
    await expect.poll(() => state.open).toBe(false)
  })

  it('lets go of it when nobody begins to read', async () => {
    const { state, runtime } = endlessLog()
    const { stream } = await logStream(runtime, ref, {
      from: 0,
      follow: false,
      signal: new AbortController().signal,
    })
    expect(state.open).toBe(true)
    stream.destroy()
    await once(stream, 'close')
    await expect.poll(() => state.open).toBe(false)
  })
})
