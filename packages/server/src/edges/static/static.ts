import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { joinInside } from '@mllab/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export interface StaticOptions {
  /** Folder of the built web app; its `index.html` has a placeholder for the base path that is filled in here. */
  readonly root: string
  readonly basePath: string
  /** Hosts of apps as the client reaches them, for `frame-src` and `form-action`: `http://*.localhost:8091`. */
  readonly appsSource: (request: FastifyRequest) => string
}

/** The web app at `/app/`: hashed files for a year, `index.html` fresh each time with its base path. */
export function staticPages(options: StaticOptions): (app: FastifyInstance) => void {
  return (app) => {
    const home = `${options.basePath}/app/`
    app.get('/app', (_, reply) => reply.redirect(home, 308))
    app.get('/app/*', async (request, reply) => {
      const name = (request.params as { '*': string })['*'] // Fastify's shape of a wildcard
      if (name.startsWith('assets/') || /^[\w-]+\.(js|svg|png|ico|webmanifest|txt)$/.test(name))
        return sendFile(options.root, name, request.headers['accept-encoding'] ?? '', reply)
      return sendIndex(options, request, reply)
    })
  }
}

async function sendIndex(options: StaticOptions, request: FastifyRequest, reply: FastifyReply) {
  const html = await readFile(path.join(options.root, 'index.html'), 'utf8').catch(() => undefined)
  if (html === undefined) return reply.code(503).type('text/plain').send('The web app is not built. Run: npm start')
  return reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': policy(options.appsSource(request)),
    })
    .send(html.replaceAll(BASE_PLACEHOLDER, `${options.basePath}/app/`))
}

/** Stands in the built `index.html`, as the address of its `<base>`. */
const BASE_PLACEHOLDER = '__LAB_APP_BASE__'

/** The page has no inline script; charts and virtual lists set styles of elements. */
function policy(apps: string): string {
  return [
    `default-src 'self'`,
    `script-src 'self'`,
    `style-src 'self'`,
    `img-src 'self' data: blob:`,
    `connect-src 'self'`,
    `object-src 'none'`,
    `base-uri 'self'`,
    `frame-ancestors 'self'`,
    `form-action 'self' ${apps}`,
    `frame-src 'self' ${apps}`,
  ].join('; ')
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
  '.map': 'application/json',
}

async function sendFile(root: string, name: string, acceptEncoding: string, reply: FastifyReply) {
  const file = joinInside(root, name)
  const encodings = [
    ['br', '.br'],
    ['gzip', '.gz'],
  ] as const
  for (const [encoding, suffix] of [
    ...encodings.filter(([encoding]) => acceptEncoding.includes(encoding)),
    [undefined, ''] as const,
  ]) {
    const found = await stat(file + suffix).catch(() => undefined)
    if (!found?.isFile()) continue
    const forever = name.startsWith('assets/')
    return reply
      .headers({
        'content-type': types[path.extname(name)] ?? 'application/octet-stream',
        'content-length': String(found.size),
        'cache-control': forever ? 'public, max-age=31536000, immutable' : 'no-cache',
        etag: `"${createHash('sha256').update(`${found.size}-${found.mtimeMs}`).digest('hex').slice(0, 16)}"`,
        vary: 'accept-encoding',
        ...(encoding ? { 'content-encoding': encoding } : {}),
      })
      .send(createReadStream(file + suffix))
  }
  return reply.code(404).type('text/plain').send('Not found')
}
