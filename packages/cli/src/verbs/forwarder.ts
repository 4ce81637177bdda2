import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'

import { Failure } from '../failures.ts'

/** `localhost` is both; browsers try one after the other. */
const LOOPBACK = ['127.0.0.1', '::1']

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
  const servers = LOOPBACK.map(() => net.createServer({ allowHalfOpen: true }, (local) => void forward(local)))
  const [first, second] = servers
  if (!first || !second) throw new Error('two addresses, two servers')
  const port = await listen(first, LOOPBACK[0] ?? '', wanted, orAnother)
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
