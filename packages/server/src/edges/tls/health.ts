import type { TlsFacts } from '@mllab/gateway'
import { isoTime, type Clock } from '@mllab/kernel'

/** For `/readyz`: a certificate that cannot be replaced still serves, one that ended does not. */
export function describeTls(facts: TlsFacts | undefined, clock: Clock): { ok: boolean; detail: string } {
  if (!facts) return { ok: true, detail: 'the gateway has not told yet' }
  const { kind, until, fingerprint, problem } = facts
  const ended = until <= clock.now()
  const what = `${KINDS[kind]}, ${ended ? 'ended' : 'until'} ${isoTime(until)}, SHA-256 ${fingerprint}`
  return { ok: !ended, detail: problem === null ? what : `${what}. ${problem}` }
}

const KINDS = {
  files: 'certificate of LAB_SSL_ROOT',
  'self-signed': 'self-signed certificate, which browsers and programs have to be told to trust',
  acme: 'certificate by ACME',
} satisfies Record<TlsFacts['kind'], string>

/** For `/metrics`; all zero while nothing is known. */
export function tlsGauges(facts: () => TlsFacts | undefined) {
  return [
    {
      name: 'mllab_tls_handshakes_done',
      help: 'TLS handshakes that ended well, since the start',
      read: () => facts()?.counts.done ?? 0,
    },
    {
      name: 'mllab_tls_handshakes_failed',
      help: 'TLS handshakes that went wrong, since the start',
      read: () => facts()?.counts.failed ?? 0,
    },
    {
      name: 'mllab_tls_handshakes_late',
      help: 'TLS handshakes that took too long, since the start',
      read: () => facts()?.counts.late ?? 0,
    },
    {
      name: 'mllab_tls_connections_pushed_out',
      help: 'Connections that gave way to newer ones before it was known what they are, since the start',
      read: () => facts()?.counts.pushedOut ?? 0,
    },
    {
      name: 'mllab_tls_certificate_ends_seconds',
      help: 'When the certificate in use ends, seconds since the epoch',
      read: () => (facts()?.until ?? 0) / 1000,
    },
  ]
}
