import { watch } from 'node:fs'
import path from 'node:path'

import { isoTime, messageOf, type Clock, type Log, type Scope } from '@mllab/kernel'

import { CertificateError, knowPair, type KnownPair } from './pair.ts'
import { readIfThere } from './private-files.ts'
import { NO_CHALLENGES, type Provider } from './provider.ts'

export interface GivenFilesOptions {
  readonly folder: string
  readonly log: Log
  readonly clock: Clock
  readonly scope: Scope
  readonly changed: () => void
}

/** The pair of the platform, and one of the apps where that is another. */
const NAMES = ['cert', 'apps'] as const
/** Who replaces two files does it one after the other. */
const SETTLED_MS = 1000
/** Editors and copies touch a file more than once. */
const WRITTEN_MS = 100

/**
 * Certificates that somebody else looks after. They are taken up as they change; what cannot be served is told, and the ones of before
 * stay. Rejects with `CertificateError` if there are none to begin with.
 */
export async function openGivenFiles(options: GivenFilesOptions): Promise<Provider> {
  const { folder, log, clock, scope, changed } = options
  let pairs = await readPairs(folder)
  let problem: string | undefined
  let soon: NodeJS.Timeout | undefined
  let second: NodeJS.Timeout | undefined

  const look = async () => {
    try {
      await takeUp()
      clearTimeout(second)
      second = undefined
    } catch {
      // Half replaced is not broken: whoever does it gets a moment.
      second ??= setTimeout(lookAgain, SETTLED_MS).unref()
    }
  }
  const lookAgain = () => {
    second = undefined
    void takeUp().catch(report)
  }
  const takeUp = async () => {
    const found = await readPairs(folder)
    const [first] = found
    if (first && first.until < clock.now() && (pairs[0]?.until ?? 0) > clock.now())
      throw new CertificateError(`${path.join(folder, 'cert.crt')} ended on ${isoTime(first.until)}.`)
    if (problem !== undefined) log.info('the certificate in LAB_SSL_ROOT is in order again', { folder })
    problem = undefined
    if (same(found, pairs)) return
    pairs = found
    log.info('a certificate was replaced', { folder, until: first && isoTime(first.until) })
    changed()
  }
  const report = (error: unknown) => {
    const sentence = `${messageOf(error)} The certificate of before stays in use.`
    if (sentence !== problem) log.error('the certificate in LAB_SSL_ROOT cannot be used', { problem: sentence })
    problem = sentence
  }

  // Some file systems say nothing; whoever calls `look` now and then notices too.
  try {
    const watcher = watch(folder, { persistent: false }, () => {
      clearTimeout(soon)
      soon = setTimeout(() => void look(), WRITTEN_MS).unref()
    })
    watcher.on('error', () => undefined)
    scope.defer(() => watcher.close())
  } catch (error) {
    log.debug('the folder of certificates cannot be watched', { folder, error: messageOf(error) })
  }
  scope.defer(() => {
    clearTimeout(soon)
    clearTimeout(second)
  })

  return {
    kind: 'files',
    pairs: () => pairs,
    challenges: () => NO_CHALLENGES,
    problem: () => problem,
    look,
  }
}

async function readPairs(folder: string): Promise<readonly KnownPair[]> {
  const read = await Promise.all(NAMES.map((name) => readPair(folder, name)))
  const found = read.filter((pair) => pair !== undefined)
  if (read[0] === undefined)
    throw new CertificateError(
      `${folder} does not hold the files cert.crt and cert.key: put them there, or leave LAB_SSL_ROOT out.`,
    )
  return found
}

async function readPair(folder: string, name: string): Promise<KnownPair | undefined> {
  const file = path.join(folder, `${name}.crt`)
  const [cert, key] = await Promise.all([readIfThere(file), readIfThere(path.join(folder, `${name}.key`))]).catch(
    (error: unknown) => {
      throw new CertificateError(`${file} and its key cannot be read: ${messageOf(error)}.`, { cause: error })
    },
  )
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined)
    throw new CertificateError(`${folder} holds only one of ${name}.crt and ${name}.key.`)
  try {
    return knowPair({ cert, key })
  } catch (error) {
    if (error instanceof CertificateError) throw new CertificateError(`${file} ${error.message}.`, { cause: error })
    throw error
  }
}

function same(some: readonly KnownPair[], others: readonly KnownPair[]): boolean {
  const text = (pairs: readonly KnownPair[]) => JSON.stringify(pairs.map(({ cert, key }) => [cert, key]))
  return text(some) === text(others)
}
