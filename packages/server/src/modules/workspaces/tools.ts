import { LabError, type WorkspaceTool } from '@mllab/contract'
import { isPortError, messageOf } from '@mllab/kernel'

import type { Operations } from '../../core/operations.ts'
import { ExpectationError, type Database } from '../../ports/database.ts'
import type { ImageLayer, Runtime } from '../../ports/runtime.ts'
import type { Actor, ProjectRef } from '../access/access.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'
import type { WorkspaceAction } from './workspaces.policy.ts'

export interface ToolsOptions {
  readonly db: Database
  readonly operations: Operations
  readonly workloads: Workloads
  /** The page that waits for an app and opens it. */
  readonly openUrl: (label: string, path: string) => string
  readonly forAction: (
    actor: Actor,
    project: ProjectRef,
    slug: string,
    action: WorkspaceAction,
  ) => Promise<{ workload: Workload }>
  /** Tells those who look at it. */
  readonly changed: (workload: Workload) => Promise<void>
}

export type Tools = ReturnType<typeof createTools>

const PREPARE = 'workspace.tool'

interface Input {
  readonly workloadId: string
  readonly tool: string
}

/** What a workspace is opened with: JupyterLab, and what its image lets be added beside it. */
export function createTools({ db, operations, workloads, openUrl, forAction, changed }: ToolsOptions) {
  const { images } = workloads.runtime

  const layersOf = async ({ spec, imageKey }: Workload): Promise<readonly ImageLayer[]> => {
    // Until its first start nobody knows what it becomes.
    if (imageKey === null) return []
    try {
      return await images.layers({ ref: spec.image, key: imageKey })
    } catch (error) {
      // Gone from this machine: its next start resolves it anew.
      if (isPortError(error, 'NOT_FOUND')) return []
      throw error
    }
  }

  const subjectOf = (workload: Workload) => ({ kind: 'workspace', id: workload.id })

  const routeOf = (workload: Workload, port: string) =>
    workloads.routesOf(workload).find(({ portName }) => portName === port)

  const presentLayer = async (workload: Workload, layer: ImageLayer): Promise<WorkspaceTool> => {
    const { name, title, state, detail, port } = layer
    const route = routeOf(workload, port)
    const about = { name, title, detail, url: route ? openUrl(route.label, '/') : '', operation: null }
    if (route && !isTool(workload, route))
      return { ...about, state: 'impossible', detail: `The name of its port ${port} is what ${title} needs.`, url: '' }
    if (state === 'impossible') return { ...about, state }
    const underWay = state === 'missing' ? await operations.underWay(PREPARE, subjectOf(workload)) : undefined
    if (underWay) return { ...about, state: 'preparing', operation: underWay.id }
    // A workspace that is older than this port of its image has no address for it yet.
    return { ...about, state: route ? state : 'missing' }
  }

  /** Gives it an address where it has none. */
  const declareRoute = async (workload: Workload, tool: string) => {
    const port = (await layersOf(workload)).find(({ name }) => name === tool)?.port
    if (port === undefined || routeOf(workload, port)) return
    const { image, servicePath } = workload.spec
    for (const route of await toolRoutes(workloads.runtime, image, servicePath))
      if (route.portName === port) await workloads.addRoute(workload, route, [])
  }

  const declare = async (actor: Actor, workload: Workload, tool: string) => {
    const input: Input = { workloadId: workload.id, tool }
    const declared = operations.declare({
      kind: PREPARE,
      projectId: workload.projectId,
      subject: subjectOf(workload),
      actorId: actor.principalId,
      steps: ['prepare'],
      input,
    })
    try {
      await db.batch([operations.noneStep(PREPARE, subjectOf(workload)), declared.step])
    } catch (error) {
      // Somebody else began a moment ago.
      if (error instanceof ExpectationError && error.step === 'under way') return
      throw error
    }
    operations.wake(declared.id)
    await changed(workload)
  }

  operations.handle<Input>(PREPARE, async ({ input, signal, step, progress }) => {
    const workload = await workloads.byId(input.workloadId)
    if (!workload || workload.imageKey === null) return
    await step('prepare', input.tool)
    const image = { ref: workload.spec.image, key: workload.imageKey }
    try {
      await images.ensureLayer(image, input.tool, { signal, onProgress: ({ done, total }) => progress(done, total) })
    } catch (error) {
      if (!isPortError(error) || signal.aborted) throw error
      if (error.code === 'UNSUPPORTED') throw new LabError('UNSUPPORTED', { reason: error.message }, { cause: error })
      throw new LabError('RUNTIME_UNAVAILABLE', { reason: messageOf(error) }, { cause: error })
    } finally {
      await changed(workload)
    }
  })

  const of = async (workload: Workload): Promise<WorkspaceTool[]> => {
    const home = workloads.routesOf(workload).find(({ pathPrefix }) => pathPrefix === workload.spec.servicePath)
    const main: WorkspaceTool = {
      name: 'jupyterlab',
      title: 'JupyterLab',
      state: 'ready',
      detail: '',
      url: home ? openUrl(home.label, home.pathPrefix) : '',
      operation: null,
    }
    const more = await Promise.all((await layersOf(workload)).map((layer) => presentLayer(workload, layer)))
    return [main, ...more]
  }

  return {
    of,

    /** Begins to fetch what is missing. Whoever may open a workspace may do this, once more does nothing. */
    prepare: async (actor: Actor, project: ProjectRef, slug: string, name: string): Promise<WorkspaceTool> => {
      const { workload } = await forAction(actor, project, slug, 'open')
      const find = async () => (await of(workload)).find((tool) => tool.name === name)
      const tool = await find()
      if (!tool) throw new LabError('NOT_FOUND', { what: 'tool' })
      if (tool.state === 'impossible') throw new LabError('UNSUPPORTED', { reason: tool.detail })
      if (tool.state !== 'missing') return tool
      await declareRoute(workload, name)
      if ((await find())?.state === 'missing') await declare(actor, workload, name)
      return (await find()) ?? tool
    },
  }
}

/** Routes of what an image offers beside its main port: below the workspace's own path, for programs that are built for any path. */
export async function toolRoutes(runtime: Runtime, imageRef: string, servicePath: string) {
  const image = (await runtime.images.list()).find(({ ref }) => ref === imageRef)
  return (image?.ports ?? [])
    .filter(({ name }) => name !== 'http')
    .map(({ name, port }) => ({ portName: name, port, pathPrefix: `${servicePath}${name}/`, stripPrefix: true }))
}

/** Whether a route is one of `toolRoutes`, or the workspace's main one: not of a program that its person started. */
export function isTool({ spec }: Workload, { pathPrefix }: { readonly pathPrefix: string }): boolean {
  return pathPrefix.startsWith(spec.servicePath)
}
