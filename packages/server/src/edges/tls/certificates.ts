import path from 'node:path'

import type { CertificateSource, TlsFacts } from '@mllab/gateway'
import { isoTime, type Clock, type Log, type Scope } from '@mllab/kernel'

import type { Config } from '../../config.ts'
import { openGivenFiles } from './given-files.ts'
import { ownNames } from './own-names.ts'
import type { KnownPair } from './pair.ts'
import type { Provider } from './provider.ts'
import { openSelfSigned } from './self-signed.ts'

export interface Certificates extends CertificateSource {
  /** About the one in use. */
  facts(): Omit<TlsFacts, 'counts'>
}

export interface CertificatesOptions {
  readonly log: Log
  readonly clock: Clock
  readonly scope: Scope
  readonly lookEveryMs?: number
}

const LOOK_EVERY_MS = 10_000

/** The certificates the port is served with, looked after while the server runs. Undefined if it speaks no TLS. */
export async function openCertificates(
  config: Config,
  { log, clock, scope, lookEveryMs = LOOK_EVERY_MS }: CertificatesOptions,
): Promise<Certificates | undefined> {
  if (!config.encrypted) {
    if (config.sslRoot) log.warn('LAB_SSL_ROOT has no effect without SERVICE_SSL_ENABLED=true')
    return undefined
  }
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const given = { log, clock, scope, changed }
  const folder = path.join(config.dataRoot, 'tls')
  const providers: Provider[] = []
  if (config.sslRoot) providers.push(await openGivenFiles({ ...given, folder: config.sslRoot }))
  if (config.acmeEmail !== undefined) {
    const { openAcme } = await import('./acme.ts')
    providers.push(await openAcme({ ...given, ...acmeOrder(config, config.acmeEmail), folder }))
  }
  // Also behind one of an authority: until that is there, and for names it does not hold.
  if (!config.sslRoot) providers.push(await openSelfSigned({ ...given, folder, names: ownNames(config) }))
  let looking = false
  const look = async () => {
    if (looking) return
    looking = true
    await Promise.all(providers.map((provider) => provider.look()))
    looking = false
  }
  scope.every(lookEveryMs, () => void look())
  void look()

  const pairs = () => providers.flatMap((provider) => provider.pairs())
  const inUse = (): { provider: Provider; pair: KnownPair } => {
    for (const provider of providers) {
      const [pair] = provider.pairs()
      if (pair) return { provider, pair }
    }
    throw new Error('there is always a certificate')
  }
  const facts = (): Omit<TlsFacts, 'counts'> => {
    const { provider, pair } = inUse()
    const problem = providers.map((one) => one.problem()).find((one) => one !== undefined) ?? null
    const { names, until, fingerprint } = pair
    return { kind: provider.kind, names, until, fingerprint, problem }
  }
  tell(facts(), log)
  return {
    pairs,
    facts,
    challenges: () => providers[0]?.challenges() ?? new Map(),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function tell({ kind, until, fingerprint, names }: Omit<TlsFacts, 'counts'>, log: Log): void {
  const about = { until: isoTime(until), fingerprint, names: names.join(' ') }
  if (kind === 'self-signed')
    log.warn(
      'The certificate is signed by this server itself: browsers warn, and programs refuse, until they are told to trust it',
      about,
    )
  else log.info('serving a certificate', { kind, ...about })
}

function acmeOrder(config: Config, email: string) {
  const { hostname } = new URL(config.publicUrl ?? '')
  return { email, directory: config.acmeDirectory, caFile: config.acmeCaFile, hosts: [hostname] }
}
