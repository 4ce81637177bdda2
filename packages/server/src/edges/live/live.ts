import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import { LiveFromClient, type LiveFromServer } from '@mllab/contract'
import { messageOf, type Clock, type Log, type Scope } from '@mllab/kernel'
import { WebSocketServer, type WebSocket } from 'ws'

import type { Outbox, StoredEvent } from '../../core/outbox.ts'
import type { Access, Actor, Credential } from '../../modules/access/access.ts'
import type { ChangeFeed } from '../../ports/changes.ts'

export interface LiveOptions {
  readonly outbox: Outbox
  readonly changes: ChangeFeed
  readonly access: Access
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

export interface LiveEdge {
  /** Takes over a socket whose request was authenticated; `credential` is looked at again whenever access changes. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, credential: Credential, actor: Actor): void
}

interface Client {
  readonly socket: WebSocket
  readonly credential: Credential
  actor: Actor
  /** From where it asks what it missed. Answered one at a time, for each is a question to the database; the latest counts. */
  asks: number | undefined
  answering: boolean
}

/** A resume reaches back this far; beyond it the client is told to fetch again. */
const RESUME_LIMIT = 500
const POLL_MS = 1000
const PING_MS = 30_000
/** A client that does not read is let go; it comes back and resyncs. */
const MAX_BUFFERED_BYTES = 1024 * 1024

/** `/api/live`: one websocket per tab that says what changed in the projects its person sees. */
export async function createLive({ outbox, changes, access, clock, log, scope }: LiveOptions): Promise<LiveEdge> {
  const server = new WebSocketServer({ noServer: true, maxPayload: 4096, perMessageDeflate: false })
  const clients = new Set<Client>()
  let lastSeq = await outbox.lastSeq()
  let reading = false

  const read = async () => {
    if (reading || scope.closed) return
    reading = true
    try {
      for (;;) {
        const events = await outbox.after(lastSeq, 1000)
        for (const event of events) for (const client of clients) tell(client, event)
        lastSeq = events.at(-1)?.seq ?? lastSeq
        if (events.length < 1000) break
      }
    } catch (error) {
      log.warn('live events could not be read', { error: messageOf(error) })
    } finally {
      reading = false
    }
  }

  const lookAgain = async (client: Client) => {
    let actor: Actor | undefined
    try {
      actor = await access.authenticate(client.credential)
    } catch {
      // Whether it still counts is not known: the tab is let go, comes back, and is asked for it then.
      send(client.socket, { type: 'bye', reason: 'restart' })
      return client.socket.close(1013, 'try again later')
    }
    if (actor) {
      const sameView = sameRoles(client.actor, actor)
      client.actor = actor
      // Events of a project that was joined or left just now may have been judged by the old view.
      if (!sameView) send(client.socket, { type: 'resync', seq: lastSeq })
    } else {
      send(client.socket, { type: 'bye', reason: 'signed-out' })
      client.socket.close(4401, 'signed out')
    }
  }

  const resume = async (client: Client, seq: number) => {
    client.asks = seq
    if (client.answering) return
    client.answering = true
    while (client.asks !== undefined) {
      const from = client.asks
      client.asks = undefined
      try {
        await catchUp(client, from)
      } catch {
        send(client.socket, { type: 'resync', seq: lastSeq })
      }
    }
    client.answering = false
  }

  const catchUp = async (client: Client, seq: number) => {
    const missed = await outbox.after(seq, RESUME_LIMIT + 1)
    if (missed.length > RESUME_LIMIT || seq > lastSeq) return send(client.socket, { type: 'resync', seq: lastSeq })
    for (const event of missed) tell(client, event)
  }

  scope.defer(changes.subscribe('events', () => void read()))
  scope.every(POLL_MS, () => void read())
  scope.every(PING_MS, () => clients.forEach(({ socket }) => socket.ping()))
  scope.every(POLL_MS, () => {
    for (const client of clients)
      if ((client.actor.credential.expiresAt ?? Infinity) <= clock.now()) void lookAgain(client)
  })
  scope.defer(access.subscribe(() => clients.forEach((client) => void lookAgain(client))))
  scope.defer(() => {
    for (const { socket } of clients) {
      send(socket, { type: 'bye', reason: 'restart' })
      socket.terminate()
    }
    server.close()
  })

  return {
    accept: (request, socket, head, credential, actor) => {
      server.handleUpgrade(request, socket, head, (opened) => {
        const client: Client = { socket: opened, credential, actor, asks: undefined, answering: false }
        clients.add(client)
        opened.on('close', () => clients.delete(client))
        opened.on('error', () => opened.terminate())
        opened.on('message', (data: Buffer) => {
          const message = parse(data.toString('utf8'))
          if (message?.type === 'resume') void resume(client, message.seq)
        })
        send(opened, { type: 'hello', seq: lastSeq })
      })
    },
  }
}

function sameRoles(before: Actor, now: Actor): boolean {
  return (
    before.roles.size === now.roles.size &&
    [...now.roles].every(([project, role]) => before.roles.get(project) === role)
  )
}

function tell({ socket, actor }: Client, event: StoredEvent) {
  const sees =
    event.projectId === null ? event.actorId === actor.principalId || actor.admin : actor.roles.has(event.projectId)
  if (!sees) return
  if (socket.bufferedAmount > MAX_BUFFERED_BYTES) return socket.terminate()
  send(socket, {
    type: 'change',
    seq: event.seq,
    project: event.projectId,
    topic: event.subject.kind,
    id: event.subject.id,
  })
}

function send(socket: WebSocket, message: LiveFromServer) {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
}

function parse(text: string): LiveFromClient | undefined {
  try {
    return LiveFromClient.safeParse(JSON.parse(text)).data
  } catch {
    return undefined // not JSON: the client is not ours, and nothing is owed to it
  }
}
