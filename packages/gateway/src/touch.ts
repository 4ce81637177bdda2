import type { Visit } from './visit.ts'

const CONTINUATION = 0
const BINARY = 2
/** A client's frames are masked: two bytes and the key, RFC 6455 section 5.2. */
const MASKED_HEAD_BYTES = 6

/** JupyterLab keeps how its page is arranged every ten seconds, whether that has changed or not. */
const ARRANGEMENT = '/lab/api/workspaces/'

/**
 * What an open page does without its person: it looks for news in an API, keeps its own state, connects once more. A page that somebody goes
 * to, and whatever else changes something, is no such request.
 */
export function isByItself({
  method,
  navigation,
  websocket,
  target,
}: Pick<Visit, 'method' | 'navigation' | 'websocket'> & { readonly target: Pick<Visit['target'], 'path'> }): boolean {
  if (websocket || (method === 'PUT' && target.path.includes(ARRANGEMENT))) return true
  return (method === 'GET' || method === 'HEAD') && !navigation && target.path.includes('/api/')
}

/**
 * Whether bytes of a client hold a message, or only answers to pings, which browsers give by themselves. Bytes from the middle of a long
 * message may look like anything; whoever sends one has begun it before.
 */
export function holdsMessage(chunk: Buffer): boolean {
  for (let at = 0; at + 1 < chunk.length;) {
    const opcode = (chunk[at] ?? 0) & 0x0f
    if (opcode >= CONTINUATION && opcode <= BINARY) return true
    at += MASKED_HEAD_BYTES + ((chunk[at + 1] ?? 0) & 0x7f)
  }
  return false
}
