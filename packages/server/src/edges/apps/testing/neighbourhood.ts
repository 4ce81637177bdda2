import { freePort } from '@mllab/testkit/go-program'
import { startTestServer, TEST_PASSWORD, type TestPerson, type TestServer } from '@mllab/testkit/server'
import { vi } from 'vitest'

import { ask, type Asked } from './browse.ts'
import { deployTalker, TALKER, talkerImages } from './talker.ts'

/** Mara, who is attacked, with two services and a workspace; Jonas, who attacks; and where all of it is. */
export interface Neighbourhood {
  readonly server: TestServer
  readonly port: string
  readonly mara: TestPerson
  readonly jonas: TestPerson
  /** `http://localhost:1234`, where apps have origins of their own, and `http://127.0.0.1:1234`, where not; with TLS `https://lab.example.test:1234`. */
  readonly main: string
  readonly address: string
  /** Origin of the app with this label. */
  appOrigin(label: string): string
  /** What platform and apps have in common: cookies may be set for it. */
  readonly site: string
  /** Labels of the app that attacks and of the one beside it. */
  readonly evil: string
  readonly beside: string
  readonly evilPath: string
  readonly workspacePath: string
  /** Signs in and returns the cookie, at one of the two. */
  signIn(origin: string, username: string): Promise<{ cookie: string }>
  /** A request to `origin` over loopback, whatever its name is. */
  ask(origin: string, path: string, asked?: Asked): ReturnType<typeof ask>
  /** The form that brings a person into an app, as the platform's page has it. */
  ticketOf(username: string, label: string): Promise<{ action: string; ticket: string }>
  close(): Promise<void>
}

const project = 'wine'

/** `encrypted`: at names of one site, over TLS; else at localhost. */
export async function openNeighbourhood({ encrypted = false } = {}): Promise<Neighbourhood> {
  const server = await startTestServer({
    env: { LAB_IMAGES_ROOT: await talkerImages(), ...(encrypted ? await namesOverTls() : {}) },
  })
  const { port } = new URL(server.url)
  const [mara, jonas] = [await server.person('mara'), await server.person('jonas')]
  await mara.api.projects.create({ body: { name: 'Wine' } })
  await mara.api.projects.setMember({ params: { project, username: 'jonas' }, body: { role: 'editor' } })
  const evilPath = await deployTalker(jonas, project, 'evil')
  await deployTalker(mara, project, 'beside')
  await mara.api.workspaces.create({ params: { project }, body: { name: 'desk', image: TALKER } })
  const workspace = await vi.waitFor(
    async () => {
      const found = await mara.api.workspaces.get({ params: { project, workspace: 'desk' } })
      if (found.state.status !== 'running') throw new Error(JSON.stringify(found.state))
      return found
    },
    { timeout: 20_000, interval: 50 },
  )
  const labelOf = (url: string) => new URL(url, server.url).searchParams.get('app') ?? ''
  const labelOfService = async (service: string) =>
    labelOf((await mara.api.services.get({ params: { project, service } })).ports[0]?.openUrl ?? '')
  const scheme = encrypted ? 'https' : 'http'
  const main = `${scheme}://${encrypted ? 'lab.example.test' : 'localhost'}:${port}`
  const address = `${scheme}://127.0.0.1:${port}`
  const to = (origin: string, path: string, asked: Asked = {}) =>
    ask(`${address}${path}`, { ...asked, host: asked.host ?? new URL(origin).host })
  const signIn = async (origin: string, username: string) => {
    const answer = await to(origin, '/api/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ username, password: TEST_PASSWORD }),
    })
    return { cookie: answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '' }
  }
  return {
    server,
    port,
    mara,
    jonas,
    main,
    address,
    appOrigin: (label) => `${scheme}://${label}.${encrypted ? 'apps.example.test' : 'localhost'}:${port}`,
    site: encrypted ? 'example.test' : 'localhost',
    evil: await labelOfService('evil'),
    beside: await labelOfService('beside'),
    evilPath,
    workspacePath: new URL(workspace.url, server.url).searchParams.get('to') ?? '',
    signIn,
    ask: to,
    ticketOf: async (username, label) => {
      const { cookie } = await signIn(main, username)
      const form = await to(main, `/apps/open?app=${label}&to=%2F`, { headers: { accept: 'text/html', cookie } })
      return {
        action: /action="([^"]+)"/.exec(form.body)?.[1] ?? '',
        ticket: /name="ticket" value="([^"]+)"/.exec(form.body)?.[1] ?? '',
      }
    },
    close: async () => {
      for (const service of ['evil', 'beside']) await mara.api.services.remove({ params: { project, service } })
      await mara.api.workspaces.remove({ params: { project, workspace: 'desk' } })
      await vi.waitFor(
        async () => {
          if ((await server.platform.running()).length > 0) throw new Error('workloads still run')
        },
        { timeout: 20_000, interval: 50 },
      )
      await server.close()
    },
  }
}

async function namesOverTls(): Promise<Record<string, string>> {
  const port = await freePort()
  return {
    LAB_PORT: String(port),
    SERVICE_SSL_ENABLED: 'true',
    LAB_PUBLIC_URL: `https://lab.example.test:${port}`,
    LAB_APPS_HOST: 'apps.example.test',
  }
}
