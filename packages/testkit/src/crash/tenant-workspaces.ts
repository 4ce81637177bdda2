import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { createClient } from '@mllab/sdk'

import type { Caller } from './caller.ts'
import { GREETER } from './images.ts'
import type { Ledger } from './ledger.ts'
import { createObserve, FILE, TOKEN, untilQuiet } from './observe-workspaces.ts'
import { tokenOf } from './sign-in.ts'

/** What a tenant does with workspaces, with what belongs to them, and with accounts it has made. */
export interface WorkspaceActs {
  createWorkspace(caller: Caller): Promise<string>
  startWorkspace(caller: Caller, slug: string): Promise<void>
  stopWorkspace(caller: Caller, slug: string): Promise<void>
  restartWorkspace(caller: Caller, slug: string): Promise<void>
  removeWorkspace(caller: Caller, slug: string): Promise<void>
  /** With the files it has now, or those of a snapshot. */
  copyWorkspace(caller: Caller, slug: string, snapshot?: string): Promise<void>
  /** Another greeting from its next start on. */
  changeWorkspace(caller: Caller, slug: string): Promise<void>
  /** As a program in it would: another text in its file. */
  writeFiles(caller: Caller, slug: string): Promise<void>
  takeSnapshot(caller: Caller, slug: string): Promise<void>
  restoreSnapshot(caller: Caller, name: string): Promise<void>
  removeSnapshot(caller: Caller, name: string): Promise<void>
  /** Workspace a snapshot is of. */
  workspaceOf(snapshot: string): string
  share(caller: Caller, slug: string): Promise<void>
  unshare(caller: Caller, slug: string): Promise<void>
  makeLink(caller: Caller, slug: string): Promise<void>
  removeLink(caller: Caller, slug: string): Promise<void>
  putSecret(caller: Caller, name: string): Promise<void>
  removeSecret(caller: Caller, name: string): Promise<void>
  createAccount(caller: Caller): Promise<string>
  /** Of his own, which nobody else sees. */
  putSecretOf(caller: Caller, username: string): Promise<void>
  removeAccount(caller: Caller, username: string): Promise<void>
  /** Under the same key each time: it may be tried again. */
  handOut(caller: Caller, username: string): Promise<void>
}

const PASSWORD = 'a long enough phrase'

export function createWorkspaceActs(project: string, ledger: Ledger, fresh: (kind: string) => string) {
  const params = { project }
  const at = (workspace: string) => ({ params: { project, workspace } })
  const known = (thing: string) => ledger.known.get(thing)
  const greetings = new Map<string, string>()
  const linkSecrets = new Map<string, string>()
  const home = ({ dataRoot }: Caller, id: string) => path.join(dataRoot, 'runtime', 'volumes', id)
  const up = (slug: string) => ({
    [`workspace ${slug}`]: 'running',
    [`greeting ${slug}`]: greetings.get(slug),
    [`waits ${slug}`]: undefined,
  })
  const gone = (slug: string) => {
    const snapshots = [...ledger.known].filter(([thing, how]) => thing.startsWith('snapshot ') && isOf(how, slug))
    const kinds = ['workspace', 'greeting', 'waits', 'files', 'share', 'link', 'token']
    const things = [...kinds.map((kind) => `${kind} ${slug}`), ...snapshots.map(([thing]) => thing)]
    return Object.fromEntries(things.map((thing) => [thing, undefined]))
  }
  const snapshotNamed = async ({ api }: Caller, slug: string, name: string) => {
    const { items } = await api.workspaceSnapshots.list(at(slug))
    return items.find((one) => one.name === name)?.id ?? ''
  }
  const shareOf = async ({ api }: Caller, slug: string, kind: 'person' | 'link') => {
    const { items } = await api.workspaceShares.list(at(slug))
    return items.find((one) => one.kind === kind)?.id ?? ''
  }
  const quiet = (caller: Caller) => untilQuiet(caller, project)

  const acts: WorkspaceActs = {
    workspaceOf: (snapshot) => (known(`snapshot ${snapshot}`) ?? '').split(': ')[0] ?? '',
    createWorkspace: async (caller) => {
      const slug = fresh('workspace')
      const secrets = known(`secret ${TOKEN}`) === undefined ? [] : [{ name: TOKEN, file: 'token' }]
      greetings.set(slug, slug)
      const files = { [`files ${slug}`]: 'nothing', ...(secrets.length > 0 ? { [`token ${slug}`]: 'there' } : {}) }
      await ledger.change({ ...up(slug), ...files }, () =>
        caller.api.workspaces.create({ params, body: { slug, image: GREETER, env: { GREETING: slug }, secrets } }),
      )
      await quiet(caller)
      return slug
    },
    startWorkspace: async (caller, slug) => {
      await ledger.change(up(slug), () => caller.api.workspaces.start(at(slug)))
      await quiet(caller)
    },
    stopWorkspace: async (caller, slug) => {
      const rests = {
        [`workspace ${slug}`]: 'stopped',
        [`greeting ${slug}`]: undefined,
        [`waits ${slug}`]: undefined,
      }
      await ledger.change(rests, () => caller.api.workspaces.stop(at(slug)))
      await quiet(caller)
    },
    restartWorkspace: async (caller, slug) => {
      await ledger.change(up(slug), () => caller.api.workspaces.restart(at(slug)))
      await quiet(caller)
    },
    removeWorkspace: ({ api }, slug) => ledger.change(gone(slug), () => api.workspaces.remove(at(slug))),
    copyWorkspace: async (caller, slug, snapshot) => {
      const copy = fresh('workspace')
      greetings.set(copy, greetings.get(slug) ?? '')
      const text =
        snapshot === undefined ? known(`files ${slug}`) : known(`snapshot ${snapshot}`)?.slice(slug.length + 2)
      const body = {
        slug: copy,
        ...(snapshot === undefined ? {} : { snapshot: await snapshotNamed(caller, slug, snapshot) }),
      }
      await ledger.change({ ...up(copy), [`files ${copy}`]: text, [`token ${copy}`]: known(`token ${slug}`) }, () =>
        caller.api.workspaceSnapshots.copy({ ...at(slug), body }),
      )
      await quiet(caller)
    },
    changeWorkspace: ({ api }, slug) => {
      const greeting = fresh('greeting')
      greetings.set(slug, greeting)
      return ledger.change({ [`waits ${slug}`]: 'env.GREETING' }, () =>
        api.workspaces.change({ ...at(slug), body: { env: { GREETING: greeting } } }),
      )
    },
    writeFiles: async (caller, slug) => {
      const text = fresh('text')
      const { id } = await caller.api.workspaces.get(at(slug))
      await ledger.change({ [`files ${slug}`]: text }, async () => {
        await mkdir(home(caller, id), { recursive: true })
        await writeFile(path.join(home(caller, id), FILE), text)
      })
    },
    takeSnapshot: async (caller, slug) => {
      const name = fresh('snapshot')
      await ledger.change({ [`snapshot ${name}`]: `${slug}: ${known(`files ${slug}`)}` }, () =>
        caller.api.workspaceSnapshots.take({ ...at(slug), body: { name } }),
      )
      await quiet(caller)
    },
    restoreSnapshot: async (caller, name) => {
      const slug = acts.workspaceOf(name)
      const id = await snapshotNamed(caller, slug, name)
      await ledger.change({ [`files ${slug}`]: known(`snapshot ${name}`)?.slice(slug.length + 2) }, () =>
        caller.api.workspaceSnapshots.restore({ params: { project, workspace: slug, id } }),
      )
      await quiet(caller)
    },
    removeSnapshot: async (caller, name) => {
      const workspace = acts.workspaceOf(name)
      const id = await snapshotNamed(caller, workspace, name)
      await ledger.change({ [`snapshot ${name}`]: undefined }, () =>
        caller.api.workspaceSnapshots.remove({ params: { project, workspace, id } }),
      )
    },
    share: ({ api, guest }, slug) =>
      ledger.change({ [`share ${slug}`]: 'there' }, () =>
        api.workspaceShares.add({ ...at(slug), body: { username: guest.username } }),
      ),
    unshare: async (caller, slug) => {
      const id = await shareOf(caller, slug, 'person')
      await ledger.change({ [`share ${slug}`]: undefined }, () =>
        caller.api.workspaceShares.remove({ params: { project, workspace: slug, id } }),
      )
    },
    makeLink: ({ api }, slug) =>
      ledger.change({ [`link ${slug}`]: 'there' }, async () => {
        linkSecrets.delete(slug)
        const { secret } = await api.workspaceShares.addLink({ ...at(slug), body: { hours: 1 } })
        linkSecrets.set(slug, secret)
      }),
    removeLink: async (caller, slug) => {
      const id = await shareOf(caller, slug, 'link')
      await ledger.change({ [`link ${slug}`]: undefined }, () =>
        caller.api.workspaceShares.remove({ params: { project, workspace: slug, id } }),
      )
    },
    putSecret: ({ api }, name) => {
      const value = `v${Number(known(`secret ${name}`)?.slice(1) ?? 0) + 1}`
      return ledger.change({ [`secret ${name}`]: value }, () =>
        api.secrets.put({ params: { project, name }, body: { value } }),
      )
    },
    removeSecret: ({ api }, name) =>
      ledger.change({ [`secret ${name}`]: undefined }, () => api.secrets.remove({ params: { project, name } })),
    createAccount: async ({ api }) => {
      const username = `${project}-${fresh('person')}`
      await ledger.change({ [`account ${username}`]: 'there' }, () =>
        api.accounts.createUser({ body: { username, password: PASSWORD } }),
      )
      return username
    },
    putSecretOf: async ({ url }, username) => {
      const token = await tokenOf(url, username, PASSWORD, ['account:write'])
      const own = createClient({ baseUrl: url, token })
      await own.secrets.putMine({ params: { name: 'OWN' }, body: { value: 'nobody sees it' } })
    },
    removeAccount: async ({ api }, username) => {
      const { items } = await api.accounts.users({ query: { search: username } })
      const id = items.find((one) => one.username === username)?.id ?? ''
      await ledger.change({ [`account ${username}`]: undefined, [`handed ${username}`]: undefined }, () =>
        api.accounts.removeUser({ params: { id } }),
      )
    },
    handOut: ({ api }, username) =>
      ledger.change({ [`handed ${username}`]: 'running' }, () =>
        api.workspaceAdministration.create(
          { body: { username, image: GREETER } },
          { headers: { 'idempotency-key': `hand out to ${username}` } },
        ),
      ),
  }

  return { acts, observe: createObserve(project, { greetings, linkSecrets }) }
}

function isOf(snapshot: string, slug: string): boolean {
  return snapshot.startsWith(`${slug}: `)
}
