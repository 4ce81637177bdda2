import { generateKeyPair } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'

import { isoTime, messageOf, type Clock, type Log } from '@mllab/kernel'

import { knowPair, type KnownPair } from './pair.ts'
import { readIfThere, writePrivate } from './private-files.ts'
import { NO_CHALLENGES, type Provider } from './provider.ts'
import type { SelfSignedOrder } from './sign-certificate.ts'

export interface SelfSignedOptions {
  /** Where it is kept. */
  readonly folder: string
  /** Hosts and addresses it has to hold. */
  readonly names: readonly string[]
  readonly log: Log
  readonly clock: Clock
  readonly changed: () => void
}

const DAY_MS = 24 * 3600_000
const VALID_MS = 360 * DAY_MS
const RENEWED_BEFORE_MS = 30 * DAY_MS
/** For clocks that are slow. */
const EARLIER_MS = DAY_MS

/** A certificate of our own making: made once, kept over restarts, renewed before it ends, with the same key. */
export async function openSelfSigned({ folder, names, log, clock, changed }: SelfSignedOptions): Promise<Provider> {
  const files = { cert: path.join(folder, 'self-signed.crt'), key: path.join(folder, 'self-signed.key') }
  let pair = (await kept(files)) ?? (await made())
  let problem: string | undefined

  async function made(): Promise<KnownPair> {
    const key = (await readIfThere(files.key)) ?? (await newKey())
    const now = clock.now()
    const cert = await signInWorker({ names, key, from: now - EARLIER_MS, until: now + VALID_MS })
    const fresh = knowPair({ cert, key })
    await writePrivate(files.key, key)
    await writePrivate(files.cert, cert)
    log.info('made a certificate', { file: files.cert, until: isoTime(fresh.until), fingerprint: fresh.fingerprint })
    return fresh
  }

  const look = async () => {
    const holdsAll = names.every((name) => pair.names.some((one) => sameName(one, name)))
    if (holdsAll && pair.until - clock.now() > RENEWED_BEFORE_MS) return
    try {
      pair = await made()
      problem = undefined
      changed()
    } catch (error) {
      problem = `The certificate could not be made anew: ${messageOf(error)}.`
      log.error('a certificate could not be made', { error: messageOf(error) })
    }
  }
  await look()
  return { kind: 'self-signed', pairs: () => [pair], challenges: () => NO_CHALLENGES, problem: () => problem, look }
}

async function kept(files: { cert: string; key: string }): Promise<KnownPair | undefined> {
  const [cert, key] = await Promise.all([readIfThere(files.cert), readIfThere(files.key)])
  if (cert === undefined || key === undefined) return undefined
  try {
    return knowPair({ cert, key })
  } catch {
    // A crash between the two files: what is there is made anew.
    return undefined
  }
}

/** In a thread that ends: what signs certificates takes 25 MB, and is needed once a year. */
async function signInWorker(order: SelfSignedOrder): Promise<string> {
  const worker = new Worker(new URL('./self-signed.worker.ts', import.meta.url), {
    name: 'certificate',
    workerData: order,
    execArgv: [],
  })
  try {
    const [cert] = (await once(worker, 'message')) as [string] // what the worker posts
    return cert
  } finally {
    await worker.terminate()
  }
}

async function newKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** node:crypto writes IPv6 addresses in full. */
function sameName(some: string, other: string): boolean {
  const plain = (name: string) => (name.includes(':') ? new URL(`http://[${name}]`).hostname : name.toLowerCase())
  return plain(some) === plain(other)
}
