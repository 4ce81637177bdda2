/**
 * Starts the server beside which it lies, which may be a copy without one of its checks, and attacks it: `node platform-mutant.fixture.ts <data
 * root> <folder of images>
 * [part of the names of attacks]`. Prints the names of the attacks that succeeded, a line each.
 */
import { silentLog } from '@mllab/kernel'
import { createClient } from '@mllab/sdk'

import { loadConfig } from '../../../config.ts'
import { startPlatform } from '../../../platform.ts'
import { ask, type Asked } from './browse.ts'
import { PLATFORM_ATTACKS, type Platform } from './platform-attacks.ts'

const [dataRoot = '', imagesRoot = '', wanted = ''] = process.argv.slice(2)
const password = 'a long enough phrase'
const project = 'wine'
const image = 'mllab/talker'

const server = await startPlatform({
  config: loadConfig({
    LAB_PORT: '0',
    LAB_DATA_ROOT: dataRoot,
    LAB_ADMIN_PASSWORD: password,
    LAB_PREPARE_IMAGES: '',
    LAB_PROCESS_ISOLATION: 'none', // the app is run by this Node, which may lie where no other user can go
    LAB_IMAGES_ROOT: imagesRoot,
  }),
  log: silentLog,
  searchPath: process.env['PATH'] ?? '',
})
const main = `http://localhost:${server.port}`
const address = `http://127.0.0.1:${server.port}`
const to = (origin: string, path: string, asked: Asked = {}) =>
  ask(`${address}${path}`, { ...asked, host: new URL(origin).host })

async function signIn(origin: string, username: string): Promise<{ cookie: string }> {
  const answer = await to(origin, '/api/auth/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin, 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ username, password }),
  })
  return { cookie: answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '' }
}

/** A client with a session, as a page has one. */
async function clientOf(username: string) {
  const { cookie } = await signIn(main, username)
  return createClient({
    baseUrl: main,
    fetch: (url, init) => {
      const headers = new Headers(init?.headers)
      headers.set('origin', main)
      headers.set('cookie', cookie)
      return fetch(url, { ...init, headers })
    },
  })
}

const admin = await clientOf('admin')
for (const username of ['mara', 'jonas']) await admin.accounts.createUser({ body: { username, password } })
const [mara, jonas] = [await clientOf('mara'), await clientOf('jonas')]
await mara.projects.create({ body: { name: 'Wine' } })
await mara.projects.setMember({ params: { project, username: 'jonas' }, body: { role: 'editor' } })
await mara.services.create({ params: { project }, body: { image, slug: 'beside' } })
await jonas.services.create({ params: { project }, body: { image, slug: 'evil' } })
await mara.workspaces.create({ params: { project }, body: { name: 'desk', image } })

async function labelOf(service: string): Promise<string> {
  for (;;) {
    const { state, ports } = await mara.services.get({ params: { project, service } })
    if (state.status === 'failed') throw new Error(`${service} failed: ${JSON.stringify(state.reason)}`)
    if (state.status === 'running') return new URL(ports[0]?.openUrl ?? '', main).searchParams.get('app') ?? ''
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
const desk = await mara.workspaces.get({ params: { project, workspace: 'desk' } })
const platform: Platform = {
  main,
  address,
  ask: to,
  signIn,
  formOf: async (cookie, label, target = '/') => {
    const path = `/apps/open?app=${label}&to=${encodeURIComponent(target)}`
    const { status, body } = await to(main, path, { headers: { accept: 'text/html', cookie } })
    const field = (pattern: RegExp) => pattern.exec(body)?.[1] ?? ''
    return {
      status,
      action: field(/action="([^"]+)"/),
      ticket: field(/name="ticket" value="([^"]+)"/),
      to: field(/name="to" value="([^"]+)"/),
    }
  },
  beside: await labelOf('beside'),
  evil: await labelOf('evil'),
  workspace: new URL(desk.url, main).searchParams.get('app') ?? '',
  workspacePath: new URL(desk.url, main).searchParams.get('to') ?? '',
}
for (const { name, run } of PLATFORM_ATTACKS.filter(({ name }) => name.includes(wanted))) {
  const wrong = await run(platform).catch(String)
  if (wrong !== undefined) process.stdout.write(`${name}: ${wrong}\n`)
}
for (const service of ['beside', 'evil']) await mara.services.remove({ params: { project, service } })
await mara.workspaces.remove({ params: { project, workspace: 'desk' } })
while ((await server.running()).length > 0) await new Promise((resolve) => setTimeout(resolve, 30))
await server.close()
process.exit()
