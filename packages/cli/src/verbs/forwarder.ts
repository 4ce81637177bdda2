import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'

import { Failure } from '../failures.ts'

/** `localhost` is both; browsers try one after the other. */
const LOOPBACK = ['127.0.0.1', '::1']
/** A machine may be without IPv6; then browsers have the other address. */
const NO_SUCH_ADDRESS = ['EADDRNOTAVAIL', 'EAFNOSUPPORT']
const ATTEMPTS = 5

export interface Forwarder {
  readonly port: number
  close(): Promise<void>
}

export interface ForwarderOptions {
  /** A connection to where it leads; rejects if there is none. */
  readonly dial: () => Promise<net.Socket>
  readonly port: number
  /** If that port is taken. */
  readonly orAnother: boolean
  readonly tell: (problem: string) => void
}

/** Bytes both ways, whatever they are: HTTP, websockets, SSH. Only this machine can connect. */
export async function openForwarder({ dial, port: wanted, orAnother, tell }: ForwarderOptions): Promise<Forwarder> {
  const open = new Set<net.Socket>()
  const keep = (socket: net.Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  }
  const forward = async (local: net.Socket) => {
    local.setNoDelay(true)
    local.on('error', () => local.destroy())
    keep(local)
    const far = await dial().catch((error: Error) => {
      tell(error.message)
      local.destroy()
    })
    if (!far) return
    keep(far)
    far.on('error', () => local.destroy())
    far.on('close', () => local.destroySoon())
    local.on('close', () => far.destroySoon())
    local.on('error', () => far.destroy())
    if (local.destroyed) return void far.destroy()
    local.pipe(far)
    far.pipe(local)
  }
  const make = () => net.createServer({ allowHalfOpen: true }, (local) => void forward(local))
  const { servers, port } = await takePort(make, wanted, orAnother ? ATTEMPTS : 1)
  return {
    port,
    close: async () => {
      for (const socket of open) socket.destroy()
      await Promise.all(servers.map((server) => once(server.close(), 'close')))
    },
  }
}

/** One port on both addresses: a stranger on one of them would be taken for us by every other request. Then another port, while there are attempts. */
async function takePort(
  make: () => net.Server,
  wanted: number,
  attempts: number,
): Promise<{ servers: readonly net.Server[]; port: number }> {
  const servers: net.Server[] = []
  let port = wanted
  try {
    for (const host of LOOPBACK) {
      const server = make()
      if (!(await listens(server, host, port))) continue
      servers.push(server)
      port = (server.address() as AddressInfo).port // a TCP server's
    }
    return { servers, port }
  } catch (error) {
    for (const server of servers) server.close()
    if (attempts > 1) return takePort(make, 0, attempts - 1)
    const reason = codeOf(error) === 'EADDRINUSE' ? 'taken' : 'not to be had'
    throw new Failure(`Port ${wanted} is ${reason}.`, 'Name another with --port, or leave it out.')
  }
}

/** False if the machine has no such address. */
async function listens(server: net.Server, host: string, port: number): Promise<boolean> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return true
  } catch (error) {
    if (NO_SUCH_ADDRESS.includes(codeOf(error))) return false
    throw error
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')
