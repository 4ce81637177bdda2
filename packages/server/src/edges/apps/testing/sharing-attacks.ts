import type { Client } from '@mllab/sdk'

import type { Platform, PlatformAttack } from './platform-attacks.ts'

/** Mara's workspaces `desk`, which she may share, and `attic`, which she does not; Jonas and Kim are in her project, Eve is not. */
export interface Sharing {
  readonly clients: Readonly<Record<'mara' | 'jonas' | 'kim' | 'eve', Client>>
  /** Label and path of `attic`. */
  readonly attic: string
  readonly atticPath: string
  /** Of the named port `dash` of `desk`. */
  readonly dash: string
  readonly tokens: Readonly<Record<'jonas', string>>
}

type World = Platform & { readonly sharing: Sharing }
type Run = (world: World) => Promise<string | undefined>

const project = 'wine'
const desk = { params: { project, workspace: 'desk' } }
const SOON_HOURS = 1 / 3600
const DEADLINE_MS = 4000

/** What guests do when they are let out, or before they are let in. */
export const SHARING_ATTACKS: readonly PlatformAttack[] = [
  attack('a guest with his cookie, after he was let out', async (world) => {
    const { id } = await share(world)
    const cookie = await enter(world, world.workspace)
    if ((await opens(world, cookie)) !== 200) return 'he was never in'
    await unshare(world, id)
    return until(async () => (await opens(world, cookie)) !== 200)
  }),
  attack('a guest with a ticket of before, after he was let out', async (world) => {
    const { id } = await share(world)
    const { ticket } = await formFor(world, world.workspace)
    await unshare(world, id)
    const { status } = await useTicket(world, world.workspace, ticket)
    return ticket !== '' && status === 403 ? undefined : `answered ${status}`
  }),
  attack('a guest with a token, after he was let out', async (world) => {
    const { id } = await share(world)
    const asked = () => withToken(world, world.workspacePath)
    const before = await asked()
    await unshare(world, id)
    return before === 200 ? until(async () => (await asked()) === 404) : `answered ${before}`
  }),
  attack('a guest when his time is over', async (world) => {
    await share(world, { hours: SOON_HOURS })
    const cookie = await enter(world, world.workspace)
    if ((await opens(world, cookie)) !== 200) return 'he was never in'
    return until(async () => (await opens(world, cookie)) !== 200)
  }),
  attack('a guest in another workspace', async (world) => {
    await share(world)
    const cookie = await enter(world, world.workspace)
    const { status, ticket } = await formFor(world, world.sharing.attic)
    const crossed = await opens(world, cookie, world.sharing.attic, world.sharing.atticPath)
    const byToken = await withToken(world, world.sharing.atticPath)
    const answers = [status, ticket, crossed, byToken]
    return JSON.stringify(answers) === JSON.stringify([404, '', 401, 404]) ? undefined : `answered ${answers.join()}`
  }),
  attack('a guest of one port in the whole workspace', async (world) => {
    await share(world, { port: 'dash' })
    const own = await formFor(world, world.sharing.dash)
    const whole = await formFor(world, world.workspace)
    const byToken = await withToken(world, world.workspacePath)
    if (own.status === 404) return 'he was never in'
    return whole.status === 404 && byToken === 404 ? undefined : `answered ${whole.status}, ${byToken}`
  }),
  attack('a guest at an address, where workspaces share our origin', async (world) => {
    await share(world)
    const { cookie } = await world.signIn(world.address, 'jonas')
    const { status } = await world.ask(world.address, world.workspacePath, { headers: { accept: 'text/html', cookie } })
    return status === 403 ? undefined : `answered ${status}`
  }),
  attack('a member, by what is shared with another', async (world) => {
    await share(world, {}, 'kim')
    const { status } = await formFor(world, world.workspace)
    const byToken = await withToken(world, world.workspacePath)
    return status === 404 && byToken === 404 ? undefined : `answered ${status}, ${byToken}`
  }),
  attack('a guest who is not in the project any more', async (world) => {
    await share(world)
    const member = { project, username: 'jonas' }
    await world.sharing.clients.mara.projects.removeMember({ params: member })
    try {
      return await until(async () => (await withToken(world, world.workspacePath)) === 404)
    } finally {
      await world.sharing.clients.mara.projects.setMember({ params: member, body: { role: 'editor' } })
    }
  }),
  attack('a guest who lets others in', async (world) => {
    await share(world)
    const { jonas } = world.sharing.clients
    const made = await Promise.allSettled([
      jonas.workspaceShares.add({ ...desk, body: { username: 'kim' } }),
      jonas.workspaceShares.addLink({ ...desk, body: { hours: 1 } }),
      jonas.workspaceShares.list(desk),
    ])
    return made.every(({ status }) => status === 'rejected') ? undefined : made.map(({ status }) => status).join()
  }),

  // Links
  attack('a link that was withdrawn, and who came by it', async (world) => {
    const { mara, jonas } = world.sharing.clients
    const { id, secret } = await mara.workspaceShares.addLink({ ...desk, body: { hours: 1 } })
    await jonas.workspaceShares.accept({ body: { secret } })
    if ((await withToken(world, world.workspacePath)) !== 200) return 'he was never in'
    await unshare(world, id)
    if (await succeeds(jonas.workspaceShares.accept({ body: { secret } }))) return 'the link was taken again'
    return until(async () => (await withToken(world, world.workspacePath)) === 404)
  }),
  attack('a link whose time is over', async (world) => {
    const { mara, jonas } = world.sharing.clients
    const { secret } = await mara.workspaceShares.addLink({ ...desk, body: { hours: SOON_HOURS / 4 } })
    const ended = await until(async () => !(await succeeds(mara.workspaceShares.look({ body: { secret } }))))
    return ended ?? ((await succeeds(jonas.workspaceShares.accept({ body: { secret } }))) ? 'it was taken' : undefined)
  }),
  attack('a link in the hands of somebody outside of the project', async (world) => {
    const { mara, eve } = world.sharing.clients
    const { secret } = await mara.workspaceShares.addLink({ ...desk, body: { hours: 1 } })
    return (await succeeds(eve.workspaceShares.accept({ body: { secret } }))) ? 'it was taken' : undefined
  }),
]

function attack(name: string, run: Run): PlatformAttack {
  return {
    name: `sharing: ${name}`,
    run: async (platform) => {
      const world = platform as World // the fixture brings both
      try {
        return await run(world)
      } finally {
        const { mara } = world.sharing.clients
        for (const { id, kind, link } of (await mara.workspaceShares.list(desk)).items)
          if (kind === 'link' || link === null) await unshare(world, id)
      }
    },
  }
}

function share({ sharing }: World, more: { port?: string; hours?: number } = {}, username = 'jonas') {
  return sharing.clients.mara.workspaceShares.add({ ...desk, body: { username, ...more } })
}

async function unshare({ sharing }: World, id: string): Promise<void> {
  await succeeds(sharing.clients.mara.workspaceShares.remove({ params: { ...desk.params, id } }))
}

const appOf = (world: World, label: string) => world.main.replace('//', `//${label}.`)

async function formFor(world: World, label: string) {
  return world.formOf((await world.signIn(world.main, 'jonas')).cookie, label)
}

async function useTicket(world: World, label: string, ticket: string) {
  return world.ask(appOf(world, label), '/.lab/enter', {
    method: 'POST',
    headers: {
      origin: world.main,
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-dest': 'document',
    },
    body: new URLSearchParams({ ticket, to: '/' }).toString(),
  })
}

async function enter(world: World, label: string): Promise<string> {
  const entered = await useTicket(world, label, (await formFor(world, label)).ticket)
  return entered.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

async function opens(world: World, cookie: string, label = world.workspace, path = world.workspacePath) {
  const headers = { cookie, 'sec-fetch-site': 'same-origin' }
  return (await world.ask(appOf(world, label), path, { headers })).status
}

async function withToken(world: World, path: string): Promise<number> {
  const headers = { authorization: `Bearer ${world.sharing.tokens.jonas}` }
  return (await world.ask(world.main, path, { headers })).status
}

function succeeds(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  )
}

/** Undefined as soon as it is so; what went wrong if it is not so in time. */
async function until(isSo: () => Promise<boolean>): Promise<string | undefined> {
  const end = performance.now() + DEADLINE_MS
  while (performance.now() < end) {
    if (await isSo()) return undefined
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  return 'it went on'
}
