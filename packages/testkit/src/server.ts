import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'

import { memoryLog, type LogEntry } from '@mllab/kernel'
import { createClient, type Client } from '@mllab/sdk'
import { loadConfig } from '@mllab/server/config'
import { networkVariables } from '@mllab/server/adapters/runtime/process/instances/variables'
import { startPlatform, type Platform } from '@mllab/server/platform'

import { testCache } from './cache.ts'
import { testFolder } from './folder.ts'

export interface TestServerOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Kept by the caller, to start again on it. */
  readonly dataRoot?: string
}

export interface TestPerson {
  readonly id: string
  readonly username: string
  /** Calls as this person, with a token of all scopes. */
  readonly api: Client
  readonly token: string
  /** `Cookie` of a browser session; send `Origin: server.url` with it. */
  readonly cookie: string
}

export interface TestServer {
  readonly url: string
  readonly platform: Platform
  readonly dataRoot: string
  readonly log: readonly LogEntry[]
  readonly admin: TestPerson
  /** Calls without any credential. */
  readonly anonymous: Client
  person(username: string): Promise<TestPerson>
  login(username: string, password: string): Promise<{ cookie: string }>
  close(): Promise<void>
}

export const TEST_PASSWORD = 'a long enough phrase'

const everyScope = [
  'project:read', 'project:write', 'members:read', 'members:write', 'files:read', 'files:write', 'runs:read', 'runs:write', 'models:read', 'models:write',
  'workspaces:read', 'workspaces:write', 'services:read', 'services:write', 'services:call', 'documents:read', 'documents:write', 'secrets:read', 'secrets:write', 'tokens:write', 'account:read', 'account:write', 'projects:create',
] as const // prettier-ignore

/** A whole server on a free port with a data root of its own. Answers are checked against the contract. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataRoot = options.dataRoot ?? (await mkdtemp(path.join(testFolder(), 'server-')))
  const log = memoryLog()
  const config = loadConfig({
    LAB_PORT: '0',
    LAB_DATA_ROOT: dataRoot,
    LAB_ADMIN_PASSWORD: TEST_PASSWORD,
    LAB_PREPARE_IMAGES: '',
    // Images of tests are run by this Node, which may lie where no other user can go.
    LAB_PROCESS_ISOLATION: 'none',
    ...options.env,
  })
  const platform = await startPlatform({
    config,
    log,
    checkAnswers: true,
    environmentsRoot: testCache('environments'),
    network: networkVariables(process.env),
    searchPath: process.env['PATH'] ?? '',
  })
  // On this machine it is served unencrypted too, and nobody has to trust a certificate for that.
  const url = config.encrypted ? `http://localhost:${platform.port}${config.basePath}` : platform.url
  const { origin } = new URL(url)
  const anonymous = createClient({ baseUrl: url })

  const login = async (username: string, password: string) => {
    const response = await fetch(`${url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ username, password }),
    })
    if (!response.ok) throw new Error(`login as ${username} failed: ${await response.text()}`)
    return { cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
  }

  const personOf = async (username: string, admin: boolean): Promise<TestPerson> => {
    const { cookie } = await login(username, TEST_PASSWORD)
    const response = await fetch(`${url}/api/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin, cookie },
      body: JSON.stringify({ name: 'test', scopes: admin ? [...everyScope, 'admin'] : everyScope }),
    })
    const { secret } = (await response.json()) as { secret: string } // checked by the contract on the server
    const api = createClient({ baseUrl: url, token: secret })
    const { id } = await api.accounts.me({})
    return { id, username, api, token: secret, cookie }
  }

  const admin = await personOf('admin', true)
  return {
    url,
    platform,
    dataRoot,
    log: log.entries,
    admin,
    anonymous,
    login,
    person: async (username) => {
      await admin.api.accounts.createUser({ body: { username, password: TEST_PASSWORD } })
      return personOf(username, false)
    },
    close: async () => {
      await platform.close()
      if (options.dataRoot === undefined) await rm(dataRoot, { recursive: true, force: true })
    },
  }
}
