import type { Socket } from 'node:net'

import type { AppEntry, Credential, Decision } from '../access.ts'
import type { Route } from '../routes.ts'
import type { TlsFacts } from '../tls/facts.ts'
import type { RouteTraffic } from '../traffic.ts'

/**
 * What a platform and a gateway in a process of its own say to each other over a unix socket: a JSON document a line. The gateway asks,
 * the platform answers by id; routes and changes of access come unasked.
 */
export type FromGateway =
  | { readonly type: 'hello'; readonly protocol: number }
  /** A change of routes was missed. */
  | { readonly type: 'resync' }
  /** What goes through it: the platform decides by this what nobody uses; and how its port is encrypted. */
  | { readonly type: 'traffic'; readonly routes: readonly Readonly<RouteTraffic>[]; readonly tls?: TlsFacts }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }

export type Question =
  | { readonly about: 'decision'; readonly credential: Credential; readonly routeId: string }
  | { readonly about: 'entry'; readonly entry: AppEntry }
  | { readonly about: 'capability'; readonly secret: string }

export type FromPlatform =
  /** All routes. `run` tells one start of the platform from the next: versions count from there. */
  | { readonly type: 'routes'; readonly run: string; readonly version: number; readonly routes: readonly Route[] }
  /** What changed from one version to the next. */
  | {
      readonly type: 'changes'
      readonly from: number
      readonly to: number
      readonly set: readonly Route[]
      readonly removed: readonly string[]
    }
  /** Any decision may have changed. */
  | { readonly type: 'access' }
  | { readonly type: 'alive' }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer | undefined; readonly failed?: string }

export type Answer = Decision | { readonly secret: string } | string

export const PROTOCOL = 1
/** How often the platform says that it lives, and how long a gateway believes it without. */
export const ALIVE_EVERY_MS = 1000
export const ALIVE_WITHIN_MS = 5000

const LONGEST_LINE = 64 * 2 ** 20

/** Reads lines of JSON, and ends the connection when one is none: both ends are ours, so something is broken. */
export function readMessages(socket: Socket, receive: (message: unknown) => void): void {
  let pieces: string[] = []
  let size = 0
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    const lines = text.split('\n')
    for (const [at, line] of lines.entries()) {
      pieces.push(line)
      size += line.length
      if (size > LONGEST_LINE) return void socket.destroy(new Error('a message is too long'))
      if (at === lines.length - 1) return
      const whole = pieces.join('')
      pieces = []
      size = 0
      try {
        receive(JSON.parse(whole))
      } catch (error) {
        return void socket.destroy(error instanceof Error ? error : new Error(String(error)))
      }
    }
  })
}

export function sendMessage(socket: Socket, message: FromGateway | FromPlatform): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
}
