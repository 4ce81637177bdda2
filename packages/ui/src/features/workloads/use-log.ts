import { useEffect, useRef, useState } from 'react'
import { LabProblem } from '@mllab/sdk'
import { appendLog, emptyLog, type LogText } from './log-lines.ts'

export type ReadLog = (query: { from: number; follow: 'true' | 'false' }, signal: AbortSignal) => Promise<Response>

const tailBytes = -256 * 1024
const againMs = 1000
const togetherMs = 100

export interface LogState {
  log: LogText
  error: unknown
  /** What is there by now has been read once. */
  read: boolean
}

/**
 * A log that is followed while `live`: its tail, then what comes. Goes on where it stopped when the stream ends. Another `start` (the
 * generation of the workload) begins anew.
 */
export function useLog(read: ReadLog, { live, start }: { live: boolean; start: string }): LogState {
  const [state, setState] = useState<LogState>({ log: emptyLog, error: null, read: false })
  const reader = useRef(read)
  useEffect(() => void (reader.current = read))

  useEffect(() => {
    const stop = new AbortController()
    let log = emptyLog
    let timer: number | undefined
    const show = () => {
      timer ??= window.setTimeout(() => {
        timer = undefined
        setState({ log, error: null, read: true })
      }, togetherMs)
    }
    const take = async (response: Response) => {
      const decoder = new TextDecoder()
      for await (const bytes of chunks(response)) {
        log = appendLog(log, decoder.decode(bytes, { stream: true }), bytes.byteLength)
        show()
      }
    }
    const run = async () => {
      setState({ log: emptyLog, error: null, read: false })
      const tail = await reader.current({ from: tailBytes, follow: 'false' }, stop.signal)
      log = { ...emptyLog, offset: Number(tail.headers.get('lab-log-offset') ?? 0) }
      await take(tail)
      show()
      while (live && !stop.signal.aborted) {
        await take(await reader.current({ from: log.offset, follow: 'true' }, stop.signal))
        await pause(againMs, stop.signal)
      }
    }
    const keepRunning = async () => {
      while (!stop.signal.aborted) {
        try {
          return await run()
        } catch (error) {
          if (stop.signal.aborted) return
          if (error instanceof LabProblem && !live) return setState({ log, error, read: true })
          await pause(2 * againMs, stop.signal)
        }
      }
    }
    void keepRunning()
    return () => {
      stop.abort()
      window.clearTimeout(timer)
    }
  }, [live, start])
  return state
}

async function* chunks(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  if (!reader) return
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      window.clearTimeout(timer)
      resolve()
    })
  })
}
