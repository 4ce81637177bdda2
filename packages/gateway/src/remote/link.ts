import { connect, type Socket } from 'node:net'

import { messageOf, type Log, type Scope } from '@mllab/kernel'

import {
  ALIVE_WITHIN_MS,
  PROTOCOL,
  readMessages,
  sendMessage,
  type Answer,
  type FromGateway,
  type FromPlatform,
  type Question,
} from './messages.ts'

/** The gateway's end: stays connected, and says when it is not. */
export interface Link {
  readonly connected: boolean
  /** Rejects at once while there is no platform, and after a deadline. */
  ask(question: Question): Promise<Answer | undefined>
  /** Said to nobody while there is no platform. */
  tell(message: Exclude<FromGateway, { type: 'ask' }>): void
}

export interface LinkOptions {
  readonly path: string
  readonly log: Log
  readonly scope: Scope
  readonly receive: (message: Extract<FromPlatform, { type: 'routes' | 'changes' | 'access' }>) => void
  readonly lost: () => void
}

const AGAIN_AFTER_MS = 50
const ANSWER_WITHIN_MS = 5000
/** More questions than this at once are made up by somebody. */
const MOST_QUESTIONS = 10_000

interface Waiting {
  readonly resolve: (answer: Answer | undefined) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

export function createLink({ path, log, scope, receive, lost }: LinkOptions): Link {
  const waiting = new Map<number, Waiting>()
  let socket: Socket | undefined
  let connected = false
  let nextId = 0
  let heardAt = 0

  const dial = () => {
    const dialled = connect(path)
    socket = dialled
    dialled.on('connect', () => sendMessage(dialled, { type: 'hello', protocol: PROTOCOL }))
    dialled.on('error', (error) => log.debug('the platform cannot be reached', { error: messageOf(error) }))
    dialled.on('close', () => {
      for (const id of waiting.keys()) settle(id, ({ reject }) => reject(new Error('the platform went away')))
      if (connected) {
        connected = false
        log.warn('the platform went away; open connections go on')
        lost()
      }
      if (!scope.closed) setTimeout(dial, AGAIN_AFTER_MS).unref()
    })
    // The other end is the same program.
    readMessages(dialled, (message) => hear(message as FromPlatform))
  }

  const hear = (message: FromPlatform) => {
    heardAt = performance.now()
    switch (message.type) {
      case 'alive':
        return
      case 'answer':
        return settle(message.id, ({ resolve, reject }) =>
          message.failed === undefined ? resolve(message.answer) : reject(new Error(message.failed)),
        )
      default:
        connected = true
        receive(message)
    }
  }

  const settle = (id: number, how: (one: Waiting) => void) => {
    const one = waiting.get(id)
    if (!one) return
    waiting.delete(id)
    clearTimeout(one.timer)
    how(one)
  }

  dial()
  scope.every(1000, () => {
    if (connected && performance.now() - heardAt > ALIVE_WITHIN_MS)
      socket?.destroy(new Error('it says nothing any more'))
  })
  scope.defer(() => void socket?.destroy())

  return {
    get connected() {
      return connected
    },
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (!socket || !connected) return reject(new Error('there is no platform'))
        if (waiting.size >= MOST_QUESTIONS) return reject(new Error('too many questions wait for an answer'))
        const id = (nextId += 1)
        const timer = setTimeout(
          () => settle(id, (one) => one.reject(new Error('the platform does not answer'))),
          ANSWER_WITHIN_MS,
        )
        waiting.set(id, { resolve, reject, timer })
        sendMessage(socket, { type: 'ask', id, question })
      }),
    tell: (message) => (socket && connected ? sendMessage(socket, message) : undefined),
  }
}
