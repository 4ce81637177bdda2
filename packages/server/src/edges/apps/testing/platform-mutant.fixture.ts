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
import { SHARING_ATTACKS, type Sharing } from './sharing-attacks.ts'

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
for (const username of ['mara', 'jonas', 'kim', 'eve'])
  await admin.accounts.createUser({ body: { username, password } })
const [mara, jonas, kim, eve] = [
  await clientOf('mara'),
  await clientOf('jonas'),
  await clientOf('kim'),
  await clientOf('eve'),
]
await mara.projects.create({ body: { name: 'Wine' } })
for (const username of ['jonas', 'kim'])
  await mara.projects.setMember({ params: { project, username }, body: { role: 'editor' } })
await mara.services.create({ params: { project }, body: { image, slug: 'beside' } })
await jonas.services.create({ params: { project }, body: { image, slug: 'evil' } })
for (const name of ['desk', 'attic']) await mara.workspaces.create({ params: { project }, body: { name, image } })

async function labelOf(service: string): Promise<string> {
  for (;;) {
    const { state, ports } = await mara.services.get({ params: { project, service } })
    if (state.status === 'failed') throw new Error(`${service} failed: ${JSON.stringify(state.reason)}`)
    if (state.status === 'running') return new URL(ports[0]?.openUrl ?? '', main).searchParams.get('app') ?? ''
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
async function workspace(name: string) {
  for (;;) {
    const { state, url } = await mara.workspaces.get({ params: { project, workspace: name } })
    if (state.status === 'failed') throw new Error(`${name} failed: ${JSON.stringify(state.reason)}`)
    const opened = new URL(url, main).searchParams
    if (state.status === 'running') return { label: opened.get('app') ?? '', path: opened.get('to') ?? '' }
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
const [desk, attic] = [await workspace('desk'), await workspace('attic')]
const { url: dash } = await mara.workspaces.openPort({
  params: { project, workspace: 'desk', name: 'dash' },
  body: { port: 65_000 },
})
const { secret: token } = await jonas.accounts.createToken({
  body: { name: 'guest', scopes: ['workspaces:read', 'workspaces:write', 'services:call'] },
})
const platform: Platform & { sharing: Sharing } = {
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
  workspace: desk.label,
  workspacePath: desk.path,
  sharing: {
    clients: { mara, jonas, kim, eve },
    attic: attic.label,
    atticPath: attic.path,
    dash: new URL(dash, main).searchParams.get('app') ?? '',
    tokens: { jonas: token },
  },
}
for (const { name, run } of [...PLATFORM_ATTACKS, ...SHARING_ATTACKS].filter(({ name }) => name.includes(wanted))) {
  const wrong = await run(platform).catch(String)
  if (wrong !== undefined) process.stdout.write(`${name}: ${wrong}\n`)
}
for (const service of ['beside', 'evil']) await mara.services.remove({ params: { project, service } })
for (const name of ['desk', 'attic']) await mara.workspaces.remove({ params: { project, workspace: name } })
while ((await server.running()).length > 0) await new Promise((resolve) => setTimeout(resolve, 30))
await server.close()
process.exit()
