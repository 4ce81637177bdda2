import type { IncomingMessage } from 'node:http'

const DISCARD_MS = 5000

/** Reads on for a while, so that a client that is still sending gets to see its answer; then the connection ends. */
export function discardRest(req: IncomingMessage): void {
  if (!isStillSending(req) || req.destroyed) return
  const timer = setTimeout(() => req.socket.destroy(), DISCARD_MS)
  timer.unref()
  req.once('close', () => clearTimeout(timer))
  req.once('end', () => clearTimeout(timer))
  req.resume()
}

/** A request without a body is `complete` only after its handler ran, so its framing is asked too. */
export function isStillSending(req: IncomingMessage): boolean {
  if (req.complete) return false
  const { 'content-length': length = '0', 'transfer-encoding': coding } = req.headers
  return coding !== undefined || length !== '0'
}
