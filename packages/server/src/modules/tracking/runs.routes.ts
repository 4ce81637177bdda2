import { contract } from '@mllab/contract'

import { route, type AnyRoute, type BytesAnswer } from '../access/access.ts'
import type { Tracking } from './tracking.ts'

export function runsRoutes({ experiments, runs, metrics, search, artifacts }: Tracking): AnyRoute[] {
  const endpoints = contract.runs
  return [
    route(endpoints.experiments, ({ actor, project, query }) => experiments.list(actor, project, query)),
    route(endpoints.createExperiment, async ({ actor, project, body }) =>
      experiments.present(actor, await experiments.create(actor, project, body)),
    ),
    route(endpoints.experiment, ({ actor, project, params }) => experiments.get(actor, project, params.number)),
    route(endpoints.updateExperiment, async ({ actor, project, params, body }) =>
      experiments.present(actor, await experiments.rename(actor, project, params.number, body.name)),
    ),
    route(
      endpoints.removeExperiment,
      async ({ actor, project, params }) => void (await experiments.remove(actor, project, params.number)),
    ),
    route(endpoints.restoreExperiment, async ({ actor, project, params }) =>
      experiments.present(actor, await experiments.restore(actor, project, params.number)),
    ),
    route(endpoints.list, ({ actor, project, query }) => search.list(actor, project, query)),
    route(endpoints.get, ({ actor, project, params }) => runs.get(actor, project, params.run)),
    route(endpoints.update, ({ actor, project, params, body }) => runs.edit(actor, project, params.run, body)),
    route(endpoints.remove, async ({ actor, project, params }) => void (await runs.remove(actor, project, params.run))),
    route(endpoints.restore, async ({ actor, project, params }) =>
      runs.present(actor, await runs.restore(actor, project, params.run)),
    ),
    route(endpoints.curves, ({ actor, project, params, query }) =>
      metrics.curves(actor, project, params.run, {
        keys: typeof query.key === 'string' ? [query.key] : query.key,
        buckets: query.buckets,
      }),
    ),
    route(endpoints.artifacts, async ({ actor, project, params, query }) => ({
      items: await artifacts.list(actor, project, { kind: 'run', id: params.run }, query.path),
      next: null,
    })),
    route(endpoints.artifact, async ({ actor, project, params, request }): Promise<BytesAnswer> => {
      const owner = { kind: 'run', id: params.run } as const
      return bytesOf(await artifacts.open(actor, project, owner, params.path, request.range))
    }),
  ]
}

type Opened = Awaited<ReturnType<Tracking['artifacts']['open']>>

/** What people logged is never shown as a page of ours: it comes as a download that no browser interprets. */
export function bytesOf({ entry, stream, range }: Opened): BytesAnswer {
  const name = entry.path.slice(entry.path.lastIndexOf('/') + 1)
  const length = range ? range.end - range.start + 1 : entry.sizeBytes
  return {
    stream,
    status: range ? 206 : 200,
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(length),
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      'content-security-policy': 'sandbox',
      'accept-ranges': 'bytes',
      etag: `"${entry.sha256}"`,
      ...(range ? { 'content-range': `bytes ${range.start}-${range.end}/${entry.sizeBytes}` } : {}),
    },
  }
}
