import { generateKeyPair } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'

import type { CertificatePair } from '@mllab/gateway'
import { isoTime, messageOf, type Clock, type Log, type Scope } from '@mllab/kernel'

import { knowPair, type KnownPair } from './pair.ts'
import { readIfThere, writePrivate } from './private-files.ts'
import type { Provider } from './provider.ts'

export interface AcmeOptions {
  /** Of the data root, for certificates. */
  readonly folder: string
  readonly directory: string
  readonly email: string
  readonly hosts: readonly string[]
  /** Who certifies the directory, if it is a private one. */
  readonly caFile: string | undefined
  readonly log: Log
  readonly clock: Clock
  readonly scope: Scope
  readonly changed: () => void
}

export interface AcmeOrder {
  readonly directory: string
  readonly email: string
  readonly hosts: readonly string[]
  /** PEM. */
  readonly accountKey: string
  readonly ca: string | undefined
}

/** What the worker says on the way. It waits until it is heard before it lets the authority ask for a proof. */
export type AcmeAnswer =
  | { readonly type: 'prove'; readonly host: string; readonly pair: CertificatePair }
  | { readonly type: 'proven'; readonly host: string }
  | { readonly type: 'issued'; readonly pair: CertificatePair }

const MINUTE_MS = 60_000
const LONGEST_PAUSE_MS = 12 * 60 * MINUTE_MS
const LONGEST_ORDER_MS = 5 * MINUTE_MS

/**
 * A certificate of an authority that speaks ACME (RFC 8555), proven on our own port (TLS-ALPN-01, RFC 8737), and renewed when a third of
 * its time is left. What fails is tried again, ever more rarely: authorities count.
 */
export async function openAcme(options: AcmeOptions): Promise<Provider> {
  const { directory, hosts, log, clock, scope, changed } = options
  const folder = path.join(options.folder, `acme-${new URL(directory).host.replace(/[^\w.-]/g, '-')}`)
  const files = { cert: path.join(folder, 'cert.crt'), key: path.join(folder, 'cert.key') }
  const challenges = new Map<string, CertificatePair>()
  let pair = await kept(files)
  let problem: string | undefined
  let failures = 0
  let notBefore = 0
  let ordering = false

  const isDue = () => {
    if (!pair || !hosts.every((host) => pair?.names.includes(host))) return true
    return clock.now() > pair.until - (pair.until - pair.from) / 3
  }

  const look = async () => {
    if (ordering || clock.now() < notBefore || !isDue()) return
    ordering = true
    try {
      const issued = knowPair(await order())
      await writePrivate(files.key, issued.key)
      await writePrivate(files.cert, issued.cert)
      pair = issued
      failures = 0
      problem = undefined
      log.info('got a certificate', { directory, hosts: hosts.join(' '), until: isoTime(issued.until) })
      changed()
    } catch (error) {
      if (scope.closed) return
      failures += 1
      const pauseMs = Math.min(LONGEST_PAUSE_MS, MINUTE_MS * 3 ** (failures - 1))
      notBefore = clock.now() + pauseMs
      problem = `${new URL(directory).host} gave no certificate for ${hosts.join(', ')}: ${messageOf(error)}. It is asked again at ${isoTime(notBefore)}.`
      log.error('no certificate was given', { problem })
    } finally {
      challenges.clear()
      ordering = false
    }
  }

  const order = async (): Promise<CertificatePair> => {
    const ca = options.caFile === undefined ? undefined : await readFile(options.caFile, 'utf8')
    const worker = startWorker({ directory, email: options.email, hosts, accountKey: await accountKey(folder), ca })
    const forget = scope.defer(async () => void (await worker.terminate()))
    try {
      return await answerOf(worker, challenges)
    } finally {
      forget()
      await worker.terminate()
    }
  }

  return { kind: 'acme', pairs: () => (pair ? [pair] : []), challenges: () => challenges, problem: () => problem, look }
}

/** In a thread that ends: the client takes 40 MB, and is needed every other month. */
function startWorker(order: AcmeOrder): Worker {
  return new Worker(new URL('./acme.worker.ts', import.meta.url), { name: 'acme', workerData: order, execArgv: [] })
}

function answerOf(worker: Worker, challenges: Map<string, CertificatePair>): Promise<CertificatePair> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it took too long')), LONGEST_ORDER_MS)
    worker.on('message', (answer: AcmeAnswer) => {
      switch (answer.type) {
        case 'prove':
          challenges.set(answer.host, answer.pair)
          return worker.postMessage('heard')
        case 'proven':
          return void challenges.delete(answer.host)
        case 'issued':
          return resolve(answer.pair)
      }
    })
    worker.on('error', reject)
    worker.on('exit', () => {
      clearTimeout(timer)
      reject(new Error('it ended without an answer'))
    })
  })
}

async function kept(files: { cert: string; key: string }): Promise<KnownPair | undefined> {
  const [cert, key] = await Promise.all([readIfThere(files.cert), readIfThere(files.key)])
  try {
    return cert !== undefined && key !== undefined ? knowPair({ cert, key }) : undefined
  } catch {
    // A crash between the two files: another one is asked for.
    return undefined
  }
}

/** The account at this authority: whoever has its key is that customer. */
async function accountKey(folder: string): Promise<string> {
  const file = path.join(folder, 'account.key')
  const found = await readIfThere(file)
  if (found !== undefined) return found
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await writePrivate(file, key)
  return key
}
