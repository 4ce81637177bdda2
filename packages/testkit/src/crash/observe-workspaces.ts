import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

import type { Workspace } from '@mllab/contract'
import { LabProblem } from '@mllab/sdk'

import type { Caller } from './caller.ts'

/** Given to workspaces as a file; it is replaced and never removed, so that each of them can start. */
export const TOKEN = 'TOKEN'
/** In the home of a workspace. */
export const FILE = 'text'

const QUIET_MS = 10_000
const LOOK_EVERY_MS = 20

/** What only its tenant knows, by workspace. */
export interface Memory {
  /** What it answers after its next start. */
  readonly greetings: Map<string, string>
  /** Of its link, if the answer came. */
  readonly linkSecrets: Map<string, string>
}

/** Everything of workspaces, of what belongs to them, and of secrets that there is in a project, as its owner and as the guest see it. */
export function createObserve(project: string, { greetings, linkSecrets }: Memory) {
  const params = { project }
  const at = (workspace: string) => ({ params: { project, workspace } })

  const observe = async (caller: Caller): Promise<[string, string][]> => {
    const { api } = caller
    const found: [string, string][] = []
    const workspaces = await untilQuiet(caller, project)
    const secrets = await api.secrets.list({ params })
    const version = secrets.items.find(({ name }) => name === TOKEN)?.version
    const lists = workspaces.map((workspace) => observeOne(caller, workspace, `v${version}`))
    for (const { name, version } of secrets.items) found.push([`secret ${name}`, `v${version}`])
    return [...found, ...(await Promise.all(lists)).flat()]
  }

  const observeOne = async (caller: Caller, workspace: Workspace, token: string): Promise<[string, string][]> => {
    const { api } = caller
    const { id, slug, state, pending, secrets } = workspace
    const found: [string, string][] = [
      [`workspace ${slug}`, state.status === 'failed' ? `failed: ${state.reason?.detail}` : state.status],
      [`files ${slug}`, await readText(caller, id)],
    ]
    if (pending) found.push([`waits ${slug}`, pending.changed.join(', ')])
    if (secrets.length > 0) found.push([`token ${slug}`, tokenState(caller, workspace, token)])
    if (state.status === 'running') {
      const greeting = await enter(caller, id, caller.token)
      found.push([`greeting ${slug}`, greeting])
      if (!pending) greetings.set(slug, greeting)
    }
    const { items: snapshots } = await api.workspaceSnapshots.list(at(slug))
    for (const one of snapshots) {
      const text = one.status === 'ready' ? await readText(caller, `snapshot-${one.id}`) : `${one.status} ${one.detail}`
      found.push([`snapshot ${one.name}`, `${slug}: ${text}`])
    }
    const { items: shares } = await api.workspaceShares.list(at(slug))
    found.push(...(await observeShare(caller, workspace, shares.filter(({ kind }) => kind === 'person').length)))
    found.push(...(await observeLink(caller, slug, shares.filter(({ kind }) => kind === 'link').length)))
    return found
  }

  /** Not only what is listed: whether the guest is let in. */
  const observeShare = async (caller: Caller, { id, slug }: Workspace, shares: number): Promise<[string, string][]> => {
    const { items } = await caller.api.projects.members({ params })
    const isMember = items.some(({ person }) => person.username === caller.guest.username)
    const answer = await enter(caller, id, caller.guest.token)
    const isIn = answer !== '404'
    if (shares === 0 && !isIn) return []
    return [[`share ${slug}`, shares === 1 && isIn === isMember ? 'there' : `${shares} shares, answered ${answer}`]]
  }

  const observeLink = async ({ api }: Caller, slug: string, links: number): Promise<[string, string][]> => {
    const secret = linkSecrets.get(slug)
    const works = secret === undefined ? links === 1 : await opens(api, secret)
    if (links === 0 && !works) return []
    return [[`link ${slug}`, links === 1 && works ? 'there' : `${links} links, works: ${works}`]]
  }

  return observe
}

/** Nothing is being copied or started any more. */
export async function untilQuiet({ api }: Caller, project: string): Promise<Workspace[]> {
  const params = { project }
  const deadline = performance.now() + QUIET_MS
  for (;;) {
    const { items } = await api.workspaces.list({ params, query: { limit: 500 } })
    const open = await api.operations.list({ params, query: { status: 'open', limit: 1 } })
    const moving = items.filter(({ state }) => ['starting', 'stopping', 'unhealthy'].includes(state.status))
    if (open.items.length === 0 && moving.length === 0) return items
    if (performance.now() > deadline)
      throw new Error(`${project} comes to no rest: ${moving.map(({ slug }) => slug).join(', ')}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

/** Accounts of a tenant and what was handed out to them, which stay when its project goes. */
export async function observeAccounts({ api }: Caller, project: string): Promise<[string, string][]> {
  const search = `${project}-person`
  const { items } = await api.accounts.users({ query: { search, limit: 500 } })
  const own = items.filter(({ username }) => username.startsWith(search))
  if (own.length === 0) return []
  const workspaces = await api.workspaceAdministration.list({ query: { limit: 500 } })
  return own.flatMap(({ username }) => [
    [`account ${username}`, 'there'] as [string, string],
    ...workspaces.items
      .filter(({ owner }) => owner.username === username)
      .map(({ state }): [string, string] => [
        `handed ${username}`,
        state.status === 'starting' ? 'running' : state.status,
      ]),
  ])
}

/** Its file is there while it runs, with the newest value unless the workspace says that it has an older one. */
function tokenState({ dataRoot }: Caller, { id, state }: Workspace, newest: string): string {
  const file = path.join(dataRoot, 'runtime', 'volumes', `${id}-secrets`, 'token')
  const value = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  const isRight =
    state.status === 'running' ? value !== undefined && (value === newest) === (state.restartFor.length === 0) : !value
  return isRight ? 'there' : `its file has ${value}, the newest value is ${newest}`
}

function readText({ dataRoot }: Caller, volume: string): Promise<string> {
  return readFile(path.join(dataRoot, 'runtime', 'volumes', volume, FILE), 'utf8').catch(() => 'nothing')
}

/** What a workspace answers somebody: its greeting, or the number of the refusal. */
async function enter({ url }: Caller, id: string, token: string): Promise<string> {
  const response = await fetch(`${url}/w/${id}/`, { headers: { authorization: `Bearer ${token}` } })
  const text = await response.text()
  return response.status === 200 ? text : String(response.status)
}

async function opens(api: Caller['api'], secret: string): Promise<boolean> {
  try {
    await api.workspaceShares.look({ body: { secret } })
    return true
  } catch (error) {
    if (error instanceof LabProblem && error.code === 'LINK_EXPIRED') return false
    throw error
  }
}
