import { once } from 'node:events'
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server } from 'node:net'
import os from 'node:os'
import path from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Endpoint } from '../routes.ts'
import { dial } from './dial.ts'

describe('a connection to an app', () => {
  let folder: string
  const servers: Server[] = []
  beforeEach(async () => void (folder = await mkdtemp(path.join(os.tmpdir(), 'mllab-dial-'))))
  afterEach(async () => {
    for (const server of servers.splice(0)) await once(server.close(), 'close')
    await rm(folder, { recursive: true })
  })

  const serve = async (where: string | number, text: string) => {
    const server = createServer((socket) => socket.end(text)).listen(where)
    servers.push(server)
    await once(server, 'listening')
    return server
  }
  const at = (name: string): Endpoint => ({ kind: 'unix', path: path.join(folder, name) })
  const heard = async (endpoint: Endpoint) => {
    const socket = dial(endpoint)
    const text: string[] = []
    socket.setEncoding('utf8').on('data', (part: string) => text.push(part))
    const failed = once(socket, 'error').then(([error]) => (error as NodeJS.ErrnoException).code)
    return Promise.race([failed, once(socket, 'end').then(() => text.join(''))])
  }

  it('reaches its socket, and its port', async () => {
    await serve(path.join(folder, 'app.sock'), 'the app')
    expect(await heard(at('app.sock'))).toBe('the app')
    const server = await serve(0, 'by port')
    const { port } = server.address() as AddressInfo // a TCP server's
    expect(await heard({ kind: 'tcp', host: '127.0.0.1', port })).toBe('by port')
  })

  it('does not go where a link in the place of the socket leads, whenever the link came there', async () => {
    await serve(path.join(folder, 'other.sock'), 'somebody else')
    await serve(path.join(folder, 'app.sock'), 'the app')
    expect(await heard(at('app.sock'))).toBe('the app')
    await symlink(path.join(folder, 'other.sock'), path.join(folder, 'link'))
    await rename(path.join(folder, 'link'), path.join(folder, 'app.sock'))
    expect(await heard(at('app.sock'))).toBe('ECONNREFUSED')
  })

  it('fails where there is none', async () => {
    await writeFile(path.join(folder, 'file'), '')
    expect(await heard(at('file'))).toBe('ECONNREFUSED')
    expect(await heard(at('nothing'))).toBe('ENOENT')
  })
})
