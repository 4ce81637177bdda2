import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'

import { scopes, type WorkloadState } from '@mllab/contract'
import { createClient, type Client } from '@mllab/sdk'

import { startProgram } from '../crash/program.ts'
import { endProcesses, runningOn } from '../crash/processes.ts'
import { tokenOf } from '../crash/sign-in.ts'
import { ACTOR, writeFaultImages } from './images.ts'
import { mountSmallDisk } from './small-disk.ts'
import { watchOver, type Testimony } from './witness.ts'

export interface FaultLabOptions {
  /** Is made, and removed in the end. */
  readonly folder: string
  /** The data lies on a disk of this size of its own. */
  readonly diskBytes?: number
  readonly env: Readonly<Record<string, string>>
}

type Kind = 'services' | 'workspaces'

/** A workload and how to get it to do something. */
export interface Actor {
  readonly id: string
  readonly slug: string
  state(): Promise<WorkloadState>
  /** Resolves with the state when it holds. */
  becomes(what: string, holds: (state: WorkloadState) => boolean): Promise<WorkloadState>
  /** What it answers through the gateway to `GET`. */
  says(): Promise<string>
  /** Has it run something: with a shell, answering what that printed, or in the process that answers. */
  does(script: string): Promise<string>
  doesInside(program: string): Promise<void>
  /** Living processes that are known to be its own. */
  pids(): readonly number[]
  /** Deletes it; resolves when nothing is left to do. */
  remove(): Promise<void>
}

/** A whole server in a process of its own, with somebody innocent on it and room for culprits. */
export interface FaultLab {
  readonly url: string
  readonly dataRoot: string
  /** For programs that are no actors. */
  readonly culprits: { readonly api: Client; readonly token: string; readonly project: string }
  /** Another person’s, in another project. */
  readonly neighbour: Actor
  actor(kind: Kind, slug: string, body?: { memoryGb?: number; image?: string }): Promise<Actor>
  /** What the neighbour and the platform were asked all the while, and how it was for them. Whatever the platform acknowledged is read again. */
  while(task: () => Promise<void>): Promise<Readonly<Record<'neighbour' | 'ready' | 'api' | 'writes', Testimony>>>
  output(): string
  close(): Promise<void>
}

const PASSWORD = 'a long enough phrase'
const DEADLINE_MS = 25_000

export async function openFaultLab({ folder, diskBytes, env }: FaultLabOptions): Promise<FaultLab> {
  await mkdir(folder, { mode: 0o755 })
  const disk = diskBytes === undefined ? undefined : await mountSmallDisk(path.join(folder, 'disk'), diskBytes)
  const dataRoot = path.join(disk?.folder ?? folder, 'data')
  const imagesRoot = await writeFaultImages(path.join(folder, 'images'))
  const program = await startProgram({ dataRoot, imagesRoot, adminPassword: PASSWORD, env }).catch(
    async (error: unknown) => {
      await disk?.close()
      throw error
    },
  )
  const { url } = program

  const release = async () => {
    await program.end()
    endProcesses(runningOn(dataRoot))
    await disk?.close()
    await rm(folder, { recursive: true, force: true })
  }

  try {
    const admin = createClient({ baseUrl: url, token: await tokenOf(url, 'admin', PASSWORD, scopes) })
    const person = async (username: string) => {
      await admin.accounts.createUser({ body: { username, password: PASSWORD } })
      const own = scopes.filter((scope) => scope !== 'admin')
      const token = await tokenOf(url, username, PASSWORD, own)
      const api = createClient({ baseUrl: url, token })
      const { slug: project } = await api.projects.create({ body: { name: `Of ${username}` } })
      return { api, token, project }
    }
    const [nora, eve] = [await person('nora'), await person('eve')]
    const actorOf = (owner: typeof nora, kind: Kind, slug: string, body: object) =>
      makeActor({ url, dataRoot, owner, kind, slug, body })
    const neighbour = await actorOf(nora, 'services', 'neighbour', {})
    await neighbour.becomes('running', ({ status }) => status === 'running')
    let written = 0

    const lab: FaultLab = {
      url,
      dataRoot,
      culprits: eve,
      neighbour,
      output: program.output,
      actor: async (kind, slug, body = {}) => {
        const actor = await actorOf(eve, kind, slug, body)
        if (body.image === undefined) await actor.becomes('running', ({ status }) => status === 'running')
        return actor
      },
      while: async (task) => {
        const collection = 'ledger'
        const first = written
        const witnesses = {
          neighbour: watchOver('neighbour', async () => requireSame(await neighbour.says(), 'actor')),
          ready: watchOver('readyz', async (signal) => {
            const answer = await fetch(`${url}/readyz`, { signal })
            if (!answer.ok) throw new Error(await answer.text())
          }),
          api: watchOver('api', async () => requireSame((await neighbour.state()).status, 'running')),
          writes: watchOver('writes', async () => {
            const params = { project: nora.project, collection, key: String(written) }
            await nora.api.documents.put({ params, body: { value: written } })
            written += 1
          }),
        }
        try {
          await task()
        } finally {
          const entries = Object.entries(witnesses).map(async ([name, witness]) => [name, await witness.end()] as const)
          testimonies = Object.fromEntries(await Promise.all(entries)) as typeof testimonies // of the same names
        }
        for (let key = first; key < written; key += 1) {
          const params = { project: nora.project, collection, key: String(key) }
          requireSame(JSON.stringify((await nora.api.documents.get({ params })).value), JSON.stringify({ value: key }))
        }
        return testimonies
      },
      close: async () => {
        try {
          // In good order, so that nothing of it stays in the kernel either: groups go with the last workload and the server.
          await neighbour.remove()
          await program.stop()
        } finally {
          await release()
        }
      },
    }
    let testimonies = {} as Awaited<ReturnType<FaultLab['while']>> // filled before it is read
    return lab
  } catch (error) {
    await release()
    throw new Error(`${String(error)}\nThe server says: ${program.output()}`, { cause: error })
  }
}

async function makeActor(made: {
  url: string
  dataRoot: string
  owner: { api: Client; token: string; project: string }
  kind: Kind
  slug: string
  body: { image?: string }
}): Promise<Actor> {
  const { url, dataRoot, owner, kind, slug, body } = made
  const { api, project, token } = owner
  const created =
    kind === 'services'
      ? await api.services.create({ params: { project }, body: { slug, image: ACTOR, ...body } })
      : await api.workspaces.create({ params: { project }, body: { slug, image: ACTOR, ...body } })
  const at = { params: { project, service: slug, workspace: slug } }
  const base = kind === 'services' ? `${url}/api/projects/${project}/services/${slug}/8888` : `${url}/w/${created.id}`
  const headers = { authorization: `Bearer ${token}` }
  const send = async (to: string, text?: string) => {
    const answer = await fetch(`${base}${to}`, {
      headers,
      ...(text === undefined ? {} : { method: 'POST', body: text }),
    })
    const said = await answer.text()
    if (answer.status !== 200) throw new Error(`${slug} answers ${answer.status}: ${said.slice(0, 200)}`)
    return said
  }
  const state = async () => (kind === 'services' ? await api.services.get(at) : await api.workspaces.get(at)).state
  const pids = () =>
    runningOn(dataRoot)
      .filter(({ workloadId }) => workloadId === created.id)
      .flatMap((one) => one.pids)
  return {
    id: created.id,
    slug,
    state,
    pids,
    becomes: async (what, holds) => {
      const deadline = performance.now() + DEADLINE_MS
      for (;;) {
        const now = await state()
        if (holds(now)) return now
        if (performance.now() > deadline)
          throw new Error(`${slug} does not become ${what}: ${JSON.stringify({ ...now, steps: undefined })}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    says: () => send('/'),
    does: (script) => send('/shell', script),
    doesInside: async (program) => void (await send('/inside', program)),
    remove: async () => {
      await (kind === 'services' ? api.services.remove(at) : api.workspaces.remove(at))
      const deadline = performance.now() + DEADLINE_MS
      while (pids().length > 0) {
        if (performance.now() > deadline) throw new Error(`${slug} leaves processes behind: ${String(pids())}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
  }
}

function requireSame(actual: string, expected: string): void {
  if (actual !== expected) throw new Error(`${JSON.stringify(actual.slice(0, 200))} instead of ${expected}`)
}
