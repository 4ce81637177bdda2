import type { Readable } from 'node:stream'

import { LabError, type SecretUse, type Service, type WorkloadStatus } from '@mllab/contract'
import { isoTime, slugFrom } from '@mllab/kernel'

import type { PageRequest } from '../../core/pages.ts'
import type { WorkloadClient } from '../../ports/workload-client.ts'
import { may, requireIn, type Access, type Actor, type Person, type ProjectRef } from '../access/access.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'

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
  readonly memoryGb?: number | undefined
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly SecretUse[]
}

export type Services = ReturnType<typeof createServices>

const MODEL_SERVER = 'mllab/model-server'
const MODEL_MOUNT = 'model'
const DATA_MOUNT = 'data'
const TRY_TIMEOUT_MS = 60_000
const TRY_LIMIT_BYTES = 256 * 1024

/** Services: a registered model, or an image with an HTTP server, at a URL that asks for a token. */
export function createServices(options: ServicesOptions) {
  const { access, workloads, basePath, publicOrigin, openUrl } = options

  workloads.beforeStart('service', async (workload, { signal }) => {
    const { model, version } = workload.spec.about
    if (typeof model !== 'string' || typeof version !== 'number') return
    const volumeId = workload.spec.mounts.find((mount) => mount.name === MODEL_MOUNT)?.volumeId
    if (volumeId === undefined) return
    const deployable = await options.modelOf(workload.projectId, model, version)
    for await (const file of deployable.files()) {
      signal.throwIfAborted()
      await workloads.runtime.volumes.writeFile(volumeId, file.path, await file.open())
    }
  })

  const present = (actor: Actor, workload: Workload, people: ReadonlyMap<string, Person>): Service => {
    const { model, version } = workload.spec.about
    return {
      id: workload.id,
      slug: workload.slug,
      name: workload.name,
      model: typeof model === 'string' && typeof version === 'number' ? { name: model, version } : null,
      state: workloads.state(workload),
      ports: workloads.routesOf(workload).map((route) => ({
        name: String(route.port),
        port: route.port,
        url: `${publicOrigin}${route.pathPrefix}`,
        openUrl: openUrl(route.label, '/'),
      })),
      env: Object.fromEntries(workload.spec.secretEnvNames.map((name) => [name, '********'])),
      secrets: [...(workload.spec.secrets ?? [])],
      createdBy: people.get(workload.ownerId) ?? null,
      createdAt: isoTime(workload.createdAt),
      can: can(actor, workload),
    }
  }
  const presentOne = async (actor: Actor, workload: Workload) =>
    present(actor, workload, await access.people([workload.ownerId]))
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
      const people = await access.people(page.items.map((workload) => workload.ownerId))
      return {
        items: page.items.map((workload) => present(actor, workload, people)),
        next: page.next,
        can: may(actor, 'services:write', project.id) ? ['create'] : [],
      }
    },

    create: async (actor: Actor, project: ProjectRef, input: NewService): Promise<Service> => {
      const seen = requireIn(actor, 'services:write', project.id)
      if ((input.model === undefined) === (input.image === undefined))
        throw new LabError(
          'INVALID_INPUT',
          { reason: 'Name a model or an image, one of them.' },
          { fields: [{ field: 'body.model', message: 'a model or an image' }] },
        )
      const model = input.model && (await options.modelFor(actor, project, input.model))
      const image = input.image ?? MODEL_SERVER
      const ports = await servingPorts(image)
      const wanted = slugFrom(input.name ?? model?.name ?? image.replace(/^.*\//, '').replace(/:.*$/, '')) ?? 'service'
      const slug = input.slug ?? (await freeSlug(seen, project, wanted))
      const id = workloads.newId()
      const servicePath = `${basePath}/api/projects/${project.slug}/services/${slug}/`
      const mount = model ? { name: MODEL_MOUNT, path: '/model' } : { name: DATA_MOUNT, path: '/data' }
      const workload = await workloads.create(actor, project, {
        kind: 'service',
        id,
        slug,
        name: input.name ?? slug,
        spec: {
          image,
          env: model ? { LAB_MODEL_PATH: `{volume:${MODEL_MOUNT}}` } : {},
          ...(model && model.requirements.length > 0 ? { requirements: model.requirements } : {}),
          ...(model?.python ? { python: model.python } : {}),
          workingMount: mount.name,
          mounts: [{ ...mount, volumeId: id, readOnly: false }],
          resources: input.memoryGb === undefined ? {} : { memoryBytes: Math.round(input.memoryGb * 2 ** 30) },
          servicePath,
          about: model ? { model: model.name, version: model.version } : {},
        },
        env: input.env,
        secrets: input.secrets,
        routes: ports.map(({ name, port }) => ({
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

  /** What an image declares is routed, and nothing else. */
  async function servingPorts(image: string) {
    const known = (await workloads.runtime.images.list()).find(({ ref }) => ref === image)
    if (!known)
      throw new LabError(
        'IMAGE_UNKNOWN',
        { image },
        { fields: [{ field: 'body.image', message: 'is not known here' }] },
      )
    if (known.ports.length === 0)
      throw new LabError(
        'IMAGE_WITHOUT_PORT',
        { image },
        { fields: [{ field: 'body.image', message: 'serves nothing' }] },
      )
    return known.ports
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

  function can(actor: Actor, workload: Workload): string[] {
    return [
      ...(may(actor, 'services:call', workload.projectId) ? ['call', 'logs'] : []),
      ...(may(actor, 'services:write', workload.projectId) ? ['start', 'stop', 'delete'] : []),
    ]
  }
}
