import type { Endpoint } from '../routes.ts'
import { UpstreamConnection, type ConnectionOwner } from './connection.ts'

/** Tornado and uvicorn drop idle connections after 5 s; stay below. */
export const IDLE_MS = 4000
/** Kept connections to one endpoint; more are closed after their request. */
export const IDLE_LIMIT = 256

/** Connections to one endpoint. The one that was used last is used first, so that others can grow old. */
export class UpstreamPool implements ConnectionOwner {
  readonly #endpoint: Endpoint
  readonly #all = new Set<UpstreamConnection>()
  readonly #idle: UpstreamConnection[] = []
  #closing = false

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  get stats(): { running: number; connected: number } {
    return { running: this.#all.size - this.#idle.length, connected: this.#all.size }
  }

  /** An idle connection, or a new one. */
  take(): UpstreamConnection {
    const now = performance.now()
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (connection.idleUntil > now) return connection
      connection.destroy()
    }
    return this.open()
  }

  /** A new connection, where a kept one turned out to be dead. */
  open(): UpstreamConnection {
    const connection = new UpstreamConnection(this.#endpoint, this)
    this.#all.add(connection)
    return connection
  }

  /** Closes connections that waited too long. To be called now and then. */
  sweep(): void {
    const now = performance.now()
    for (const connection of this.#idle.filter(({ idleUntil }) => idleUntil <= now)) connection.destroy()
  }

  /** Lets requests under way end, and keeps no connection after that. */
  retire(): void {
    this.#closing = true
    for (const connection of this.#idle.slice()) connection.destroy()
  }

  /** Cuts everything; handlers are not told. */
  destroy(): void {
    this.#closing = true
    for (const connection of this.#all) connection.destroy()
  }

  onIdle(connection: UpstreamConnection, idleLimitMs: number): void {
    if (this.#closing || this.#idle.length >= IDLE_LIMIT) return connection.destroy()
    connection.idleUntil = performance.now() + Math.min(IDLE_MS, idleLimitMs)
    this.#idle.push(connection)
  }

  onGone(connection: UpstreamConnection): void {
    this.#all.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at !== -1) this.#idle.splice(at, 1)
  }
}
