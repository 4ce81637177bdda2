import type { Caller } from './caller.ts'
import { GREETER, SLEEPER } from './images.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createRun, logLosses } from './mlflow.ts'
import { endProcesses, runningOn } from './processes.ts'
import { observeProject, runState, uploadState, versionState } from './observe.ts'
import { observeAccounts } from './observe-workspaces.ts'
import type { Random } from './random.ts'
import { createWorkspaceActs, type WorkspaceActs } from './tenant-workspaces.ts'

type Files = Readonly<Record<string, Buffer<ArrayBuffer>>>

/** What a tenant sends in parts, until the version is made. */
interface OpenUpload {
  readonly name: string
  readonly id: string
  readonly files: Files
  readonly partBytes: number
  readonly parts: number
  /** Of the parts that were sent, with an answer or without. */
  readonly received: ReadonlySet<number>
}

/** One project and who fills it: one request after another, each noted in the ledger before it is sent. */
export interface Tenant extends WorkspaceActs {
  readonly project: string
  readonly ledger: Ledger
  createProject(caller: Caller): Promise<void>
  describe(caller: Caller): Promise<void>
  removeProject(caller: Caller): Promise<void>
  putFile(caller: Caller, name?: string): Promise<void>
  removeFile(caller: Caller, name: string): Promise<void>
  beginUpload(caller: Caller, sizeBytes?: number): Promise<void>
  putPart(caller: Caller, number: number): Promise<void>
  completeUpload(caller: Caller): Promise<void>
  abortUpload(caller: Caller): Promise<void>
  readonly upload: OpenUpload | undefined
  setMember(caller: Caller, username: string): Promise<void>
  removeMember(caller: Caller, username: string): Promise<void>
  createExperiment(caller: Caller): Promise<void>
  createRun(caller: Caller): Promise<void>
  logRun(caller: Caller, name: string): Promise<void>
  createService(caller: Caller): Promise<string>
  startService(caller: Caller, slug: string): Promise<void>
  stopService(caller: Caller, slug: string): Promise<void>
  restartService(caller: Caller, slug: string): Promise<void>
  removeService(caller: Caller, slug: string): Promise<void>
  /** Its processes end by themselves, which is no request. */
  crashService(caller: Caller, slug: string, dataRoot: string): Promise<void>
  /** Names of a kind in a state: `('service', 'running')`. */
  names(kind: string, state?: string): string[]
  /** After a restart: compares what is there with what is known. */
  settle(caller: Caller): Promise<void>
}

/** Sizes of bodies: most are small, so that many fit into the life of a server. */
const MOST_BYTES = 200_000
const MOST_FILES = 6

export function createTenant(project: string, random: Random): Tenant {
  const ledger = createLedger(project)
  let counted = 0
  let upload: OpenUpload | undefined
  const params = { project }
  const fresh = (kind: string) => `${kind}-${(counted += 1)}`
  const known = (thing: string) => ledger.known.get(thing)
  const withVersion = (name: string, files: Files) =>
    [known(`dataset ${name}`), versionState(files)].filter((version) => version !== undefined).join(' | ')

  const names: Tenant['names'] = (kind, state) =>
    [...ledger.known]
      .filter(([thing, how]) => thing.startsWith(`${kind} `) && (state === undefined || how === state))
      .map(([thing]) => thing.slice(kind.length + 1))

  const serviceParams = (service: string) => ({ project, service })
  const runIds = new Map<string, string>()
  const workspaces = createWorkspaceActs(project, ledger, fresh)

  return {
    ...workspaces.acts,
    project,
    ledger,
    names,
    get upload() {
      return upload
    },

    createProject: ({ api }) =>
      ledger.change({ project: '', 'member admin': 'owner' }, () =>
        api.projects.create({ body: { name: project, slug: project } }),
      ),
    describe: ({ api }) => {
      const description = fresh('described')
      return ledger.change({ project: description }, () => api.projects.update({ params, body: { description } }))
    },
    removeProject: ({ api }) =>
      ledger.change(Object.fromEntries([...ledger.known.keys()].map((thing) => [thing, undefined])), () =>
        api.projects.remove({ params }),
      ),

    putFile: ({ api }, name = fresh('file')) => {
      const bytes = random.bytes(random.integer(0, MOST_BYTES))
      return ledger.change({ [`dataset ${name}`]: withVersion(name, { '': bytes }) }, () =>
        api.files.put({ params: { project, path: name }, bytes }),
      )
    },
    removeFile: ({ api }, name) =>
      ledger.change({ [`dataset ${name}`]: undefined }, () => api.files.remove({ params: { project, name } })),

    beginUpload: async ({ api }, sizeBytes = random.integer(1, MOST_BYTES)) => {
      const name = fresh('folder')
      const count = random.integer(1, MOST_FILES)
      const files = Object.fromEntries(
        Array.from({ length: count }, (_, n) => [`part/${n}.bin`, random.bytes(Math.ceil(sizeBytes / count))]),
      )
      const entries = Object.entries(files).map(([path, bytes]) => ({ path, sizeBytes: bytes.byteLength }))
      await ledger.change({ [`upload ${name}`]: uploadState([]) }, async () => {
        const begun = await api.files.beginUpload({ params, body: { name, folder: true, entries } })
        upload = { name, id: begun.id, files, partBytes: begun.partSizeBytes, parts: begun.parts, received: new Set() }
      })
    },
    putPart: async ({ api }, number) => {
      const { name, id, files, partBytes, received } = requireUpload()
      const bytes = Buffer.concat(Object.values(files)).subarray((number - 1) * partBytes, number * partBytes)
      const withPart = new Set([...received, number])
      upload = { ...requireUpload(), received: withPart }
      const others = [...received].filter((other) => other !== number)
      // Who sends a part again has given up the one before.
      await ledger.change({ [`upload ${name}`]: uploadState(others) }, () => Promise.resolve())
      await ledger.change({ [`upload ${name}`]: uploadState([...withPart]) }, () =>
        api.files.putPart({ params: { project, id, part: number }, bytes }),
      )
    },
    completeUpload: async ({ api }) => {
      const { name, id, files } = requireUpload()
      await ledger.change({ [`upload ${name}`]: undefined, [`dataset ${name}`]: withVersion(name, files) }, () =>
        api.files.completeUpload({ params: { project, id } }),
      )
      upload = undefined
    },
    abortUpload: async ({ api }) => {
      const { name, id } = requireUpload()
      await ledger.change({ [`upload ${name}`]: undefined }, () => api.files.abortUpload({ params: { project, id } }))
      upload = undefined
    },

    setMember: ({ api }, username) => {
      const role = random.pick(['viewer', 'editor'] as const)
      return ledger.change({ [`member ${username}`]: role }, () =>
        api.projects.setMember({ params: { project, username }, body: { role } }),
      )
    },
    removeMember: ({ api }, username) =>
      ledger.change({ [`member ${username}`]: undefined }, () =>
        api.projects.removeMember({ params: { project, username } }),
      ),

    createExperiment: ({ api }) => {
      const name = fresh('experiment')
      return ledger.change({ [`experiment ${name}`]: 'there' }, () =>
        api.runs.createExperiment({ params, body: { name } }),
      )
    },
    createRun: (caller) => {
      const name = fresh('run')
      return ledger.change({ [`run ${name}`]: runState([]) }, async () => {
        runIds.set(name, await createRun(caller, project, name))
      })
    },
    logRun: async (caller, name) => {
      const before = known(`run ${name}`)?.slice('losses '.length) ?? ''
      const losses = before === '' ? [] : before.split(', ').map(Number)
      const more = Array.from({ length: random.integer(1, 20) }, () => random.integer(0, 1000))
      const id = runIds.get(name) ?? (await idOfRun(caller, name))
      runIds.set(name, id)
      await ledger.change({ [`run ${name}`]: runState([...losses, ...more]) }, () =>
        logLosses(caller, project, id, losses.length, more),
      )
    },

    createService: async ({ api }) => {
      const slug = fresh('service')
      const image = random.integer(1, 4) === 1 ? GREETER : SLEEPER
      await ledger.change({ [`service ${slug}`]: 'running' }, () =>
        api.services.create({ params, body: { slug, image, env: { GREETING: slug } } }),
      )
      return slug
    },
    startService: ({ api }, slug) =>
      ledger.change({ [`service ${slug}`]: 'running' }, () => api.services.start({ params: serviceParams(slug) })),
    stopService: ({ api }, slug) =>
      ledger.change({ [`service ${slug}`]: 'stopped' }, () => api.services.stop({ params: serviceParams(slug) })),
    restartService: ({ api }, slug) =>
      ledger.change({ [`service ${slug}`]: 'running' }, () => api.services.restart({ params: serviceParams(slug) })),
    removeService: ({ api }, slug) =>
      ledger.change({ [`service ${slug}`]: undefined }, () => api.services.remove({ params: serviceParams(slug) })),

    crashService: ({ api }, slug, dataRoot) =>
      ledger.change({ [`service ${slug}`]: 'running' }, async () => {
        const { id } = await api.services.get({ params: serviceParams(slug) })
        endProcesses(runningOn(dataRoot).filter(({ workloadId }) => workloadId === id))
      }),

    settle: async (caller) => {
      const observed = new Map(await observeProject(caller, project))
      const more = observed.size > 0 ? await workspaces.observe(caller) : []
      for (const [thing, how] of [...more, ...(await observeAccounts(caller, project))])
        // Twice what should be there once is another state.
        observed.set(thing, [observed.get(thing), how].filter((one) => one !== undefined).join(' and '))
      ledger.settle(observed)
      await findUpload(caller)
    },
  }

  /** What was begun without an answer cannot be continued, since its bytes are forgotten; it is aborted like one that was given up. */
  async function findUpload(caller: Caller): Promise<void> {
    const [name] = names('upload')
    if (name !== undefined && upload?.name === name) {
      const found = await caller.api.files.upload({ params: { project, id: upload.id } })
      upload = { ...upload, received: new Set(found.received) }
      return
    }
    upload = undefined
    if (name === undefined) return
    const { items } = await caller.api.files.uploads({ params })
    for (const { id } of items)
      await ledger.change({ [`upload ${name}`]: undefined }, () =>
        caller.api.files.abortUpload({ params: { project, id } }),
      )
  }

  async function idOfRun({ api }: Caller, name: string): Promise<string> {
    const { items } = await api.runs.list({ params, query: { limit: 500 } })
    const found = items.find((run) => run.name === name)
    if (!found) throw new Error(`there is no run ${name}`)
    return found.id
  }

  function requireUpload(): OpenUpload {
    if (!upload) throw new Error(`${project} has no open upload`)
    return upload
  }
}
