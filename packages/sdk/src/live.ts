import type { LiveFromServer } from '@mllab/contract'

export type LiveChange = Extract<LiveFromServer, { type: 'change' }>

export interface LiveOptions {
  /** `ws://…/api/live` or `wss://…`. */
  readonly url: string
  onChange(change: LiveChange): void
  /** Changes may have been missed: fetch again what is shown. */
  onResync(): void
  onState(state: 'open' | 'lost' | 'signed-out'): void
}

export interface Live {
  close(): void
}

const FIRST_DELAY_MS = 250
const LAST_DELAY_MS = 10_000

/** One websocket that says what changed; comes back by itself and resumes after the last change it saw. */
export function openLive(options: LiveOptions): Live {
  let socket: WebSocket | undefined
  let lastSeq: number | undefined
  let delayMs = FIRST_DELAY_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  let closed = false

  const connect = () => {
    socket = new WebSocket(options.url)
    socket.onmessage = (event) => receive(JSON.parse(String(event.data)) as LiveFromServer) // our server's own format
    socket.onclose = () => {
      if (closed) return
      options.onState('lost')
      timer = setTimeout(connect, delayMs * (0.5 + Math.random() / 2))
      delayMs = Math.min(LAST_DELAY_MS, delayMs * 2)
    }
  }

  const receive = (message: LiveFromServer) => {
    switch (message.type) {
      case 'hello':
        delayMs = FIRST_DELAY_MS
        options.onState('open')
        if (lastSeq !== undefined) socket?.send(JSON.stringify({ type: 'resume', seq: lastSeq }))
        lastSeq ??= message.seq
        return
      case 'change':
        lastSeq = message.seq
        return options.onChange(message)
      case 'resync':
        lastSeq = message.seq
        return options.onResync()
      case 'bye':
        if (message.reason === 'signed-out') {
          closed = true
          options.onState('signed-out')
        }
        return
    }
  }

  connect()
  return {
    close: () => {
      closed = true
      clearTimeout(timer)
      socket?.close()
    },
  }
}
