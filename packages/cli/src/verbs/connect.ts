import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'

import type { Command } from 'commander'

import { serverAddress } from '../connection/connection.ts'
import { Failure, UsageError } from '../failures.ts'
import { writeOut } from '../output/print.ts'
import type { Surroundings } from '../surroundings.ts'

const ASK_MS = 10_000
/** `localhost` is both; browsers try one after the other. */
const LOOPBACK = ['127.0.0.1', '::1']

export function addConnect(program: Command, surroundings: Surroundings): void {
  program
    .command('connect')
    .argument('<address>', 'of the server, such as http://10.0.0.5:8091')
    .description(
      'make a server localhost on this machine, so that its workspaces and services are kept apart from it and have all that browsers offer; goes on until Ctrl-C',
    )
    .option('--port <number>', 'on this machine; default: the server’s own, or a free one')
    .action(async (address: string, options: { port?: string }) => {
      const remote = remoteOf(address)
      const wanted = options.port === undefined ? undefined : portOf(options.port)
      const forwarder = await openForwarder(remote, wanted, (problem) => void surroundings.stderr.write(`${problem}\n`))
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

interface Remote {
  readonly href: string
  readonly host: string
  readonly port: number
  /** Base path, without a slash at the end. */
  readonly path: string
}

/** Who leaves the scheme out means what servers on an address speak. */
function remoteOf(address: string): Remote {
  const href = serverAddress(address.includes('://') ? address : `http://${address}`)
  const url = new URL(href)
  if (url.protocol !== 'http:')
    throw new UsageError(
      `${href} is encrypted for its own name, which localhost cannot stand for: open it by that name, or forward its port with ssh -L.`,
    )
  const path = url.pathname === '/' ? '' : url.pathname
  return { href, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || 80), path }
}

function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new UsageError(`${JSON.stringify(text)} is no port.`)
  return port
}

interface Forwarder {
  readonly port: number
  close(): Promise<void>
}

/** Bytes both ways, whatever they are: HTTP, websockets, SSH. Only this machine can connect. */
async function openForwarder(
  remote: Remote,
  wanted: number | undefined,
  tell: (problem: string) => void,
): Promise<Forwarder> {
  const open = new Set<net.Socket>()
  const forward = (local: net.Socket) => {
    const far = net.connect({ host: remote.host, port: remote.port, allowHalfOpen: true })
    for (const socket of [local, far]) {
      open.add(socket)
      socket.setNoDelay(true)
      socket.on('close', () => open.delete(socket))
    }
    far.on('error', (error) => {
      if (far.bytesRead === 0) tell(`${remote.href} does not answer: ${error.message}.`)
      local.destroy()
    })
    local.on('error', () => far.destroy())
    far.on('close', () => local.destroySoon())
    local.on('close', () => far.destroySoon())
    local.pipe(far)
    far.pipe(local)
  }
  const servers = LOOPBACK.map(() => net.createServer({ allowHalfOpen: true }, forward))
  const [first, second] = servers
  if (!first || !second) throw new Error('two addresses, two servers')
  const port = await listen(first, LOOPBACK[0] ?? '', wanted ?? remote.port, wanted === undefined)
  // A machine may be without IPv6; then browsers have the other address.
  await listen(second, LOOPBACK[1] ?? '', port, false).catch(() => undefined)
  return {
    port,
    close: async () => {
      for (const socket of open) socket.destroy()
      await Promise.all(servers.filter(({ listening }) => listening).map((server) => once(server.close(), 'close')))
    },
  }
}

async function listen(server: net.Server, host: string, port: number, orAnother: boolean): Promise<number> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    if (orAnother) return listen(server, host, 0, false)
    const reason = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' ? 'taken' : 'not to be had'
    throw new Failure(`Port ${port} is ${reason}.`, 'Name another with --port, or leave it out.')
  }
  return (server.address() as AddressInfo).port // a TCP server's
}

/** Asks by the name that browsers will use, so that a server that does not answer to it is found out here. */
async function expectServer(remote: Remote, port: number, signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)])
  const asked = http.get({
    host: LOOPBACK[0],
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
  throw new Failure(
    answer === undefined
      ? `${remote.href} does not answer.`
      : `${remote.href} answers ${answer.statusCode}, which is no ML Lab.`,
    'Check the address, and that the server listens on it (LAB_HOST).',
  )
}
