import {
  contract,
  projectActions,
  roleAllows,
  type Endpoint,
  type ProjectAction,
  type Role,
  type Scope,
} from '@mllab/contract'
import { newId } from '@mllab/kernel'
import { startTestServer, TEST_PASSWORD, type TestPerson, type TestServer } from '@mllab/testkit/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/**
 * Every endpoint, asked by everybody: strangers, each role, administrators, tokens of people and projects with and without the scope,
 * revoked and expired ones, cookies with and without an origin. Only who is let in is looked at, so bodies are left out: whoever gets
 * past the door hears that his input is wrong, and nothing happens.
 */
type Verdict = 'in' | 401 | 403 | 404

interface Caller {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  /** What the caller is to the project that is asked for. */
  readonly role: Role | undefined
  readonly scopes: readonly Scope[] | 'all'
  readonly admin: boolean
  readonly known: boolean
  /** Acts for a person, not for a project. */
  readonly person: boolean
}

const endpoints = Object.entries(contract).flatMap(([group, members]) =>
  Object.entries(members).map(([name, endpoint]): [string, Endpoint] => [`${group}.${name}`, endpoint]),
)

/** These do what they say even without a body, so each caller who gets in has a world of his own. */
const effective = new Set(['accounts.logout', 'projects.leave', 'projects.remove'])

describe('the walk over routes, roles, ownership and tokens', () => {
  let server: TestServer
  let people: People
  let shared: World

  beforeAll(async () => {
    server = await startTestServer()
    const [owner, editor, viewer, stranger] = [
      await server.person('owner'),
      await server.person('editor'),
      await server.person('viewer'),
      await server.person('stranger'),
    ]
    people = { owner, editor, viewer, stranger }
    shared = await makeWorld(server, people)
  })
  afterAll(() => server.close())

  it.each(endpoints)(
    '%s lets in whom its access rule names, and nobody else [ACC-01, PRJ-03, PRJ-06]',
    async (name, endpoint) => {
      const answers: Record<string, Verdict> = {}
      const rules: Record<string, Verdict> = {}
      for (const [index, caller] of shared.callers.entries()) {
        const rule = expected(name, endpoint, caller)
        const world = effective.has(name) && rule === 'in' ? await makeWorld(server, people) : shared
        rules[caller.name] = rule
        answers[caller.name] = await ask(server.url, endpoint, world.callers[index] ?? caller, world.project)
      }
      expect([name, answers]).toEqual([name, rules])
    },
  )
})

type People = Record<'owner' | 'editor' | 'viewer' | 'stranger', TestPerson>

interface World {
  readonly project: string
  readonly callers: readonly Caller[]
}

/** A project with everybody in his role, and new sessions and tokens for all. */
async function makeWorld(server: TestServer, people: People): Promise<World> {
  const { owner, editor, viewer } = people
  const { slug: project } = await owner.api.projects.create({ body: { name: 'walked' } })
  for (const [person, role] of [
    [editor, 'editor'],
    [viewer, 'viewer'],
  ] as const)
    await owner.api.projects.setMember({ params: { project, username: person.username }, body: { role } })
  const elsewhere = await owner.api.projects.create({ body: { name: 'elsewhere' } })
  return { project, callers: await makeCallers(server, people, project, elsewhere.slug) }
}

/** The rule, written a second time and differently: from the contract's words to an answer. */
function expected(name: string, endpoint: Endpoint, caller: Caller): Verdict {
  const { access } = endpoint
  if (access.who === 'anyone') return 'in'
  if (!caller.known) return 401
  const has = (scope: Scope) => caller.scopes === 'all' || caller.scopes.includes(scope)
  if (access.who === 'administrator') return caller.admin ? 'in' : 403
  if (access.who === 'signed-in') return has(access.scope) ? 'in' : 403
  if (caller.role === undefined) return 404
  // Leaving is a person's own decision, whatever his tokens may do in the project.
  if (name === 'projects.leave' && !(caller.person && has('account:write'))) return 403
  return roleAllows(caller.role, access.action) && has(access.action) ? 'in' : 403
}

async function ask(url: string, endpoint: Endpoint, caller: Caller, project: string): Promise<Verdict> {
  const path = endpoint.path.replace(/\{(\w+)\*?\}/g, (_, name: string) => (name === 'project' ? project : '~'))
  const response = await fetch(url + path, {
    method: endpoint.method,
    redirect: 'manual',
    headers: { ...(endpoint.method === 'GET' ? {} : { 'content-type': 'application/json' }), ...caller.headers },
    // Never valid: whoever passes the door stumbles here, before anything is done.
    ...(endpoint.method === 'GET' || endpoint.method === 'DELETE'
      ? {}
      : {
          body: '{"name":0,"role":0,"secret":0,"username":0,"current":0,"slug":0,"image":0,"method":0,"model":0,"version":0,"entries":0,"status":0,"description":0}',
        }),
  })
  await response.body?.cancel()
  if (response.status === 401 || response.status === 403) return response.status
  // Things that do not exist in a project one sees answer 404 as well; the problem says which of the two it is.
  if (response.status === 404 && caller.known && endpoint.access.who === 'member' && caller.role === undefined)
    return 404
  return 'in'
}

async function makeCallers(
  server: TestServer,
  { owner, editor, viewer, stranger }: People,
  project: string,
  elsewhere: string,
): Promise<Caller[]> {
  const origin = new URL(server.url).origin
  const projectActionNames = Object.keys(projectActions) as ProjectAction[] // `Object.keys` forgets the key type
  const session = async (person: TestPerson, role: Role | undefined, admin = false): Promise<Caller> => {
    const { cookie } = await server.login(person.username, TEST_PASSWORD)
    return {
      name: `session of ${person.username}`,
      headers: { cookie, origin, 'sec-fetch-site': 'same-origin' },
      role,
      scopes: 'all',
      admin,
      known: true,
      person: true,
    }
  }
  const bearer = (name: string, secret: string, more: Partial<Caller>): Caller => ({
    name,
    headers: { authorization: `Bearer ${secret}` },
    role: undefined,
    scopes: 'all',
    admin: false,
    known: true,
    person: true,
    ...more,
  })
  const token = async (person: TestPerson, body: { scopes: Scope[]; project?: string }) => {
    const response = await fetch(`${server.url}/api/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin, cookie: person.cookie },
      body: JSON.stringify({ name: newId(), ...body }),
    })
    return (await response.json()) as { id: string; secret: string } // checked against the contract on the server
  }
  const revoked = await token(owner, { scopes: ['project:read'] })
  await owner.api.accounts.revokeToken({ params: { id: revoked.id } })
  const reader: Scope[] = ['project:read', 'members:read']
  return [
    { name: 'nobody', headers: {}, role: undefined, scopes: [], admin: false, known: false, person: false },
    await session(owner, 'owner'),
    await session(editor, 'editor'),
    await session(viewer, 'viewer'),
    await session(stranger, undefined),
    await session(server.admin, undefined, true),
    bearer('reading token of the owner', (await token(owner, { scopes: reader })).secret, {
      role: 'owner',
      scopes: reader,
    }),
    bearer('full token of the editor', (await token(editor, { scopes: projectActionNames })).secret, {
      role: 'editor',
      scopes: projectActionNames,
    }),
    bearer('token of the project', (await token(owner, { scopes: projectActionNames, project })).secret, {
      role: 'owner',
      scopes: projectActionNames,
      person: false,
    }),
    bearer(
      'token of another project',
      (await token(owner, { scopes: projectActionNames, project: elsewhere })).secret,
      { scopes: projectActionNames },
    ),
    bearer('administrator without the scope', (await token(server.admin, { scopes: ['account:read'] })).secret, {
      scopes: ['account:read'],
    }),
    bearer('revoked token', revoked.secret, { known: false }),
    bearer('invented token', 'mlp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', { known: false }),
  ]
}
