import type { Readable } from 'node:stream'

import { CODE_PORT, LabError, type SecretUse, type Service, type WorkloadStatus } from '@mllab/contract'
import { slugFrom } from '@mllab/kernel'

import type { PageRequest } from '../../core/pages.ts'
import type { WorkloadClient } from '../../ports/workload-client.ts'
import { may, requireIn, type Access, type Actor, type ProjectRef } from '../access/access.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'
import { createServiceChanges, type ServiceChange } from './service-changes.ts'
import {
  CODE_IMAGE,
  codeOf,
  codeSpec,
  imageSpec,
  MODEL_SERVER,
  modelSpec,
  volumeOf,
  type WantedCode,
} from './service-spec.ts'
import { createPresent } from './services.present.ts'
import { createServingImages } from './serving-images.ts'

/** A model version with what is needed to serve it; tracking knows. */
export interface DeployableModel {
  readonly name: string
  readonly version: number
  readonly requirements: readonly string[]
  readonly python: string | null
  /** Path and bytes of every file of the model, one after the other. */
  readonly files: () => AsyncIterable<{ readonly path: string; readonly open: () => Promise<Readable> }>
}

export interface ServicesOptions {
  readonly access: Access
  readonly workloads: Workloads
  readonly basePath: string
  readonly publicOrigin: string
  readonly openUrl: (label: string, path: string) => string
  readonly modelFor: (
    actor: Actor,
    project: ProjectRef,
    wanted: { name: string; version?: number | undefined; alias?: string | undefined },
  ) => Promise<DeployableModel>
  /** The same for a reconciler, which acts for nobody: by project, name and version. */
  readonly modelOf: (projectId: string, name: string, version: number) => Promise<DeployableModel>
  readonly client: WorkloadClient
}

export interface NewService {
  readonly name?: string | undefined
  readonly slug?: string | undefined
  readonly model?:
    | { readonly name: string; readonly version?: number | undefined; readonly alias?: string | undefined }
    | undefined
  readonly image?: string | undefined
  readonly code?: WantedCode | undefined
  readonly memoryGb?: number | undefined
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly SecretUse[]
}

export type Services = ReturnType<typeof createServices>

/** A file in its volume: code that was fetched when it said something else is fetched again. */
const FETCH_ANEW = '.lab/fetch-anew'
const TRY_TIMEOUT_MS = 60_000
const TRY_LIMIT_BYTES = 256 * 1024

/** Services: a registered model, code, or an image with an HTTP server, at a URL that asks for a token. */
export function createServices(options: ServicesOptions) {
  const { workloads, basePath } = options

  workloads.beforeStart('service', async (workload, { signal }) => {
    const volumeId = volumeOf(workload)
    if (volumeId === undefined) return
    const { model, version } = workload.spec.about
    // Its first start, and an update: the code is fetched anew, as the image is. Every other start runs what is there.
    if (codeOf(workload.spec) && workload.imageKey === null)
      await workloads.runtime.volumes.writeFile(volumeId, FETCH_ANEW, Buffer.from(String(workload.generation)))
    if (typeof model !== 'string' || typeof version !== 'number') return
    const deployable = await options.modelOf(workload.projectId, model, version)
    for await (const file of deployable.files()) {
      signal.throwIfAborted()
      await workloads.runtime.volumes.writeFile(volumeId, file.path, await file.open())
    }
  })

  const images = createServingImages(workloads.runtime)
  const changes = createServiceChanges({ workloads, images })
  const present = createPresent(options)
  const presentOne = async (actor: Actor, workload: Workload): Promise<Service> => {
    const [shown] = await present(actor, [workload])
    if (!shown) throw new Error('one for one')
    return shown
  }
  const get = (actor: Actor, project: ProjectRef, slug: string) =>
    workloads.get(requireIn(actor, 'services:read', project.id), project, 'service', slug)
  const forChange = async (actor: Actor, project: ProjectRef, slug: string) => {
    const seen = requireIn(actor, 'services:write', project.id)
    return { seen, workload: await workloads.get(seen, project, 'service', slug) }
  }

  return {
    list: async (
      actor: Actor,
      project: ProjectRef,
      filter: { search?: string | undefined; status?: WorkloadStatus | undefined },
      request: PageRequest,
    ) => {
      const seen = requireIn(actor, 'services:read', project.id)
      const page = await workloads.list(
        seen,
        project,
        { kind: 'service', search: filter.search, status: filter.status },
        request,
      )
      return {
        items: await present(actor, page.items),
        next: page.next,
        can: may(actor, 'services:write', project.id) ? ['create'] : [],
      }
    },

    /** What a service can be made of. */
    options: async (actor: Actor, project: ProjectRef) => {
      requireIn(actor, 'services:read', project.id)
      return { images: await images.list() }
    },

    create: async (actor: Actor, project: ProjectRef, input: NewService): Promise<Service> => {
      const seen = requireIn(actor, 'services:write', project.id)
      const { env, code } = codeFrom(input)
      requireOne(input, code)
      const model = input.model && (await options.modelFor(actor, project, input.model))
      const image = input.image ?? CODE_IMAGE
      const served = code
        ? [{ name: 'http', port: code.port }]
        : await images.requirePorts(model ? MODEL_SERVER : image)
      if (code) await images.requirePorts(image)
      const named =
        input.name ?? model?.name ?? (code ? nameOfCode(code.source) : image.replace(/^.*\//, '').replace(/:.*$/, ''))
      const slug = input.slug ?? (await freeSlug(seen, project, slugFrom(named) ?? 'service'))
      const id = workloads.newId()
      const servicePath = `${basePath}/api/projects/${project.slug}/services/${slug}/`
      const place = { id, servicePath, memoryGb: input.memoryGb }
      const workload = await workloads.create(actor, project, {
        kind: 'service',
        id,
        slug,
        name: input.name ?? slug,
        spec: model ? modelSpec(place, model) : code ? codeSpec(place, image, code) : imageSpec(place, image),
        env,
        secrets: input.secrets,
        routes: served.map(({ name, port }) => ({
          portName: name,
          port,
          pathPrefix: `${servicePath}${port}/`,
          stripPrefix: true,
        })),
      })
      return presentOne(actor, workload)
    },

    usage: async (actor: Actor, project: ProjectRef, slug: string, minutes: number) =>
      workloads.history(await get(actor, project, slug), minutes),

    usageOfAll: (actor: Actor, project: ProjectRef, minutes: number) =>
      workloads.usageOfAll(requireIn(actor, 'services:read', project.id), project, 'service', minutes),

    get: async (actor: Actor, project: ProjectRef, slug: string) => presentOne(actor, await get(actor, project, slug)),

    start: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload } = await forChange(actor, project, slug)
      return presentOne(actor, await workloads.desire(actor, seen, workload, 'running'))
    },

    restart: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload } = await forChange(actor, project, slug)
      return presentOne(actor, await workloads.restart(actor, seen, workload))
    },

    update: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload } = await forChange(actor, project, slug)
      return presentOne(actor, await workloads.update(actor, seen, workload))
    },

    change: async (actor: Actor, project: ProjectRef, slug: string, change: ServiceChange, ifVersion?: number) =>
      presentOne(actor, await changes.change(actor, project, slug, change, ifVersion)),

    /** Forgets what waits for its next start. */
    discardChanges: async (actor: Actor, project: ProjectRef, slug: string) =>
      presentOne(actor, await changes.discard(actor, project, slug)),

    stop: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload } = await forChange(actor, project, slug)
      return presentOne(actor, await workloads.desire(actor, seen, workload, 'stopped'))
    },

    remove: async (actor: Actor, project: ProjectRef, slug: string) => {
      const { seen, workload } = await forChange(actor, project, slug)
      await workloads.remove(actor, seen, workload)
    },

    logs: async (
      actor: Actor,
      project: ProjectRef,
      slug: string,
      query: { from: number; follow: boolean; signal: AbortSignal },
    ) => workloads.logs(await get(actor, project, slug), query),

    /** One request as a person would send it, so that a page can show the answer. What the service says is shown as text and never run. */
    tryIt: async (
      actor: Actor,
      project: ProjectRef,
      slug: string,
      input: { method: 'GET' | 'POST'; path: string; body?: string | undefined; port?: string | undefined },
    ) => {
      requireIn(actor, 'services:call', project.id)
      const workload = await get(actor, project, slug)
      const endpoint = await workloads.endpoint(workload, input.port ?? 'http')
      if (!endpoint || (workload.status !== 'running' && workload.status !== 'unhealthy'))
        throw new LabError('NOT_RUNNING', { name: workload.name, status: workload.status })
      const before = performance.now()
      try {
        const answer = await options.client.send(endpoint, {
          method: input.method,
          path: input.path,
          body: input.body,
          timeoutMs: TRY_TIMEOUT_MS,
          limitBytes: TRY_LIMIT_BYTES,
        })
        return { ...answer, tookMs: performance.now() - before }
      } catch (error) {
        throw new LabError('UNAVAILABLE', { reason: `${workload.name} did not answer.` }, { cause: error })
      }
    },

    /** Services that serve a version of a model: what the registry shows beside it. */
    servingModel: async (projectId: string, model: string, version?: number) =>
      (await workloads.servingModel({ projects: [projectId] }, projectId, model, version)).map(({ slug, name }) => ({
        slug,
        name,
      })),
  }

  async function freeSlug(seen: ReturnType<typeof requireIn>, project: ProjectRef, wanted: string): Promise<string> {
    const taken = new Set(
      (await workloads.list(seen, project, { kind: 'service', search: wanted }, { limit: 500 })).items.map(
        (workload) => workload.slug,
      ),
    )
    for (let n = 1; ; n += 1) {
      const candidate = n === 1 ? wanted : `${wanted.slice(0, 36)}-${n}`
      if (!taken.has(candidate)) return candidate
    }
  }
}

/** An image with `EXECUTE_CODE` is the same as code, and `PORT` then is the port the code is written for. */
function codeFrom({ code, env }: NewService): { env: Readonly<Record<string, string>>; code: WantedCode | undefined } {
  const { EXECUTE_CODE: source, PORT: port, ...rest } = env
  if (code) return { env: rest, code: port === undefined ? code : { ...code, port: portFrom(port) } }
  if (source === undefined) return { env, code: undefined }
  return { env: rest, code: { source, port: port === undefined ? CODE_PORT : portFrom(port) } }
}

function portFrom(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new LabError(
    'INVALID_INPUT',
    { reason: 'PORT is no port.' },
    { fields: [{ field: 'body.env', message: 'PORT is a number from 1 to 65535' }] },
  )
}

function requireOne({ model, image }: NewService, code: WantedCode | undefined): void {
  if (model ? !image && !code : image !== undefined || code) return
  throw new LabError(
    'INVALID_INPUT',
    { reason: 'Name a model, code or an image, one of them.' },
    { fields: [{ field: 'body.model', message: 'a model, code or an image' }] },
  )
}

/** `git+https://host/team/churn.git@v2#subdirectory=services/score` is `score`. */
function nameOfCode(source: string): string {
  const [address = '', fragment = ''] = source.split('#')
  const folder = new URLSearchParams(fragment).get('subdirectory')
  const last = (folder ?? address.replace(/(?<=[^/:])@[^/]*$/, '')).split('/').findLast((part) => part !== '') ?? ''
  return last.replace(/\.(git|py|zip|tar|tgz|tar\.[a-z0-9]+)$/, '')
}
