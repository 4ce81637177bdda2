import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { Agent, get } from 'node:https'
import { createServer, type AddressInfo } from 'node:net'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { delay, messageOf } from '@mllab/kernel'

import { testCertificate } from './certificate.ts'
import { freePort, goProgram, keepRunning } from './go-program.ts'

/** The certificate authority that Let's Encrypt tests clients with (MPL-2.0), from the Go module proxy. */
const PROGRAM = { module: 'github.com/letsencrypt/pebble/v2/cmd/pebble', version: 'v2.10.1', takes: 'a minute' }

export interface RunningPebble {
  readonly directory: string
  /** PEM file of who certifies the directory. */
  readonly caFile: string
  /** PEM of who certifies what is issued. */
  root(): Promise<string>
  stop(): Promise<void>
}

/** Undefined, and told, where it cannot be had. */
export async function startPebbleIfPossible(options: { tlsPort: number }): Promise<RunningPebble | undefined> {
  try {
    return await startPebble(options)
  } catch (error) {
    console.warn(`The tests on ACME are skipped: ${messageOf(error)}`)
    return undefined
  }
}

/** Starts it on free ports of the loopback; it looks for proofs at `tlsPort` there, whatever the name. Rejects without Go. */
async function startPebble({ tlsPort }: { tlsPort: number }): Promise<RunningPebble> {
  const binary = await goProgram(PROGRAM)
  const folder = await mkdtemp(path.join(tmpdir(), 'mllab-acme-'))
  const own = await testCertificate()
  const caFile = path.join(folder, 'own.crt')
  await writeFile(caFile, own.cert)
  await writeFile(path.join(folder, 'own.key'), own.key)
  const [port, managementPort] = [await freePort(), await freePort()]
  const config = {
    pebble: {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${managementPort}`,
      certificate: caFile,
      privateKey: path.join(folder, 'own.key'),
      httpPort: 1,
      tlsPort,
      domainBlocklist: ['refused.example.test'],
      retryAfter: { authz: 1, order: 1 },
      profiles: { default: { description: 'The one there is', validityPeriod: 90 * 24 * 3600 } },
    },
  }
  await writeFile(path.join(folder, 'config.json'), JSON.stringify(config))
  const dns = await startNames()
  const args = ['-config', path.join(folder, 'config.json'), '-dnsserver', `127.0.0.1:${dns.port}`]
  const child = keepRunning(binary, args, { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0' })
  const stop = async () => {
    await child.stop()
    dns.close()
    await rm(folder, { recursive: true, force: true })
  }
  const ask = (url: string) => textFrom(url, own.cert)
  try {
    const signal = AbortSignal.timeout(15_000)
    while (!(await ask(`https://127.0.0.1:${port}/dir`).catch(() => ''))) await delay(20, signal)
  } catch (error) {
    await stop()
    throw new Error(`pebble did not start: ${child.complaint() || 'it said nothing'}`, { cause: error })
  }
  return {
    directory: `https://127.0.0.1:${port}/dir`,
    caFile,
    root: () => ask(`https://127.0.0.1:${managementPort}/roots/0`),
    stop,
  }
}

async function textFrom(url: string, ca: string): Promise<string> {
  const [answer] = (await once(get(url, { agent: new Agent({ ca }) }), 'response')) as [IncomingMessage] // what it carries
  return (await answer.toArray()).join('')
}

const DNS_HEADER_BYTES = 12
const TYPE_A = 1

/** Every name is 127.0.0.1, and nothing else (RFC 1035, over TCP). A query fits into a packet. */
async function startNames(): Promise<{ port: number; close(): void }> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (packet: Buffer) => socket.write(withLength(answerTo(packet.subarray(2)))))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server's
  return { port, close: () => void server.close() }
}

function answerTo(query: Buffer): Buffer {
  const end = query.indexOf(0, DNS_HEADER_BYTES) + 1 + 4
  const isA = query.readUInt16BE(end - 4) === TYPE_A
  const header = Buffer.from(query.subarray(0, DNS_HEADER_BYTES))
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt32BE(0x00010000 + (isA ? 1 : 0), 4)
  header.writeUInt32BE(0, 8)
  const record = Buffer.from([0xc0, DNS_HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1])
  return Buffer.concat([header, query.subarray(DNS_HEADER_BYTES, end), ...(isA ? [record] : [])])
}

function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}
