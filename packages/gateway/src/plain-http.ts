import type { Outcome } from './admission.ts'
import { refusals } from './refusals.ts'
import type { Visit } from './visit.ts'

const REFUSED: Outcome = { kind: 'refuse', refusal: refusals.unencrypted }

/**
 * What came unencrypted over a network to a port that speaks TLS. Whoever may have sent a secret is told, so that it is replaced: a
 * redirect would send it again, and nobody would notice. Not permanent: browsers would keep it for ever, also when TLS is off again.
 */
export function onPlainHttp({ method, head, host, target, websocket, navigation }: Visit): Outcome {
  const isRead = (method === 'GET' || method === 'HEAD') && !websocket
  // Browsers attach cookies of old to whatever they open, and the redirect does not carry them on.
  const hasSecret =
    head.authorization !== undefined || target.queryToken !== undefined || (head.cookie !== undefined && !navigation)
  if (!isRead || hasSecret) return REFUSED
  return { kind: 'redirect', status: 307, location: `https://${host.authority}${target.path}${target.query}` }
}
