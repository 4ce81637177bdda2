import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { testFolder } from '@mllab/testkit/folder'
import type { TestPerson } from '@mllab/testkit/server'
import { vi } from 'vitest'

/** An image whose app tells what it was asked, sends back what a websocket says, and streams as long as somebody listens. */
export const TALKER = 'mllab/talker'

const talker = `
const { createHash } = require('node:crypto')
const server = require('node:http').createServer((req, res) => {
  const asked = req.url.split('?')[0]
  if (asked === '/stream') {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    const timer = setInterval(() => res.write('data: x\\n\\n'), 20)
    return res.on('close', () => clearInterval(timer))
  }
  if (asked.endsWith('.html') || asked === '/') {
    res.writeHead(200, { 'content-type': 'text/html' })
    return res.end(process.env.PAGE || '<!doctype html><title>talker</title>')
  }
  if (asked.endsWith('.js')) {
    res.writeHead(200, { 'content-type': 'text/javascript', 'service-worker-allowed': '/' })
    return res.end('self.loaded = true; export const answer = 42')
  }
  let body = ''
  req.on('data', (part) => (body += part))
  req.on('end', () => {
    res.writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'own=1', 'clear-site-data': '"*"' })
    res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers, body }))
  })
})
server.on('upgrade', (req, socket) => {
  const accept = createHash('sha1').update(req.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64')
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n')
  socket.on('data', (bytes) => socket.write(unmasked(bytes)))
  socket.on('error', () => socket.destroy())
})
// One short frame of a client, as a server sends it back.
function unmasked(bytes) {
  const length = bytes[1] & 127
  const text = Buffer.from(bytes.subarray(6, 6 + length).map((byte, i) => byte ^ bytes[2 + (i % 4)]))
  return Buffer.concat([Buffer.from([bytes[0], length]), text])
}
server.listen(process.argv[1])`

/** For `LAB_IMAGES_ROOT`. */
export async function talkerImages(): Promise<string> {
  const root = await mkdtemp(path.join(testFolder(), 'talker-'))
  await mkdir(path.join(root, 'talker'))
  const image = {
    title: 'Talker',
    command: [process.execPath, '-e', talker, '{socket:http}'],
    ports: [{ name: 'http', port: 8080 }],
    health: { port: 'http', path: '/', intervalMs: 200, timeoutMs: 2000, startMs: 20_000 },
  }
  await writeFile(path.join(root, 'talker', 'image.json'), JSON.stringify(image))
  return root
}

/** A running service that talks. Returns its path on main hosts. */
export async function deployTalker(
  person: TestPerson,
  project: string,
  slug: string,
  env: Record<string, string> = {},
): Promise<string> {
  await person.api.services.create({ params: { project }, body: { image: TALKER, slug, env } })
  await running(person, project, slug)
  return `/api/projects/${project}/services/${slug}/8080/`
}

export async function running(person: TestPerson, project: string, service: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const { state } = await person.api.services.get({ params: { project, service } })
      if (state.status !== 'running') throw new Error(JSON.stringify(state))
    },
    { timeout: 20_000, interval: 50 },
  )
}
