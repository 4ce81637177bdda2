import { once } from 'node:events'
import http from 'node:http'

import type { Command } from 'commander'

import { Failure, UsageError } from '../failures.ts'
import { writeOut } from '../output/print.ts'
import type { Surroundings } from '../surroundings.ts'
import { openForwarder } from './forwarder.ts'
import { dialer, remoteOf, type Remote } from './remote.ts'

const ASK_MS = 10_000

interface ConnectOptions {
  readonly port?: string
  readonly fingerprint?: string
  readonly ca?: string
}

export function addConnect(program: Command, surroundings: Surroundings): void {
  program
    .command('connect')
    .argument('<address>', 'of the server, such as http://10.0.0.5:8091')
    .description(
      'make a server localhost on this machine, so that its workspaces and services are kept apart from it and have all that browsers offer; goes on until Ctrl-C',
    )
    .option('--port <number>', 'on this machine; default: the server’s own, or a free one')
    .option('--fingerprint <sha256>', 'take this certificate of an https server, and no other')
    .option('--ca <file>', 'take certificates of this authority too, PEM; LAB_CA_FILE does it for all commands')
    .action(async (address: string, options: ConnectOptions) => {
      const remote = remoteOf(address)
      const wanted = options.port === undefined ? undefined : portOf(options.port)
      const dial = await dialer(remote, { fingerprint: options.fingerprint, caFile: options.ca })
      const forwarder = await openForwarder({
        dial,
        port: wanted ?? remote.port,
        orAnother: wanted === undefined,
        tell: (problem) => void surroundings.stderr.write(`${problem}\n`),
      })
      try {
        await expectServer(remote, forwarder.port, surroundings.signal)
        await writeOut(surroundings.stdout, `http://localhost:${forwarder.port}${remote.path}/app/\n`)
        surroundings.stderr.write(`It is ${remote.href}, until you press Ctrl-C.\n`)
        if (!surroundings.signal.aborted) await once(surroundings.signal, 'abort')
      } finally {
        await forwarder.close()
      }
    })
}

function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new UsageError(`${JSON.stringify(text)} is no port.`)
  return port
}

/** Asks by the name that browsers will use, so that a server that does not answer to it is found out here. */
async function expectServer(remote: Remote, port: number, signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)])
  const asked = http.get({
    host: '127.0.0.1',
    port,
    path: `${remote.path}/healthz`,
    headers: { host: `localhost:${port}`, connection: 'close' },
    agent: false,
    signal: deadline,
  })
  const answer = await once(asked, 'response').then(
    ([answer]) => answer as http.IncomingMessage, // what this event carries
    () => undefined,
  )
  signal.throwIfAborted()
  answer?.resume()
  if (answer?.statusCode === 200) return
  if (answer?.headers.location?.startsWith('https:'))
    throw new Failure(
      `${remote.href} takes encrypted connections only.`,
      `mllab connect ${remote.href.replace('http:', 'https:')}`,
    )
  throw new Failure(
    answer === undefined
      ? `${remote.href} does not answer.`
      : `${remote.href} answers ${answer.statusCode}, which is no ML Lab.`,
    'Check the address, and that the server listens on it (LAB_HOST).',
  )
}
