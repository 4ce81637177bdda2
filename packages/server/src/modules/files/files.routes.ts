import { contract } from '@mllab/contract'

import { route, type AnyRoute } from '../access/access.ts'
import type { Files } from './files.ts'

export function filesRoutes(files: Files): AnyRoute[] {
  const { datasets, uploads } = files
  const endpoints = contract.files
  return [
    route(endpoints.list, ({ actor, project, query }) => datasets.list(actor, project, query)),
    route(endpoints.get, ({ actor, project, params }) => datasets.get(actor, project, params.name)),
    route(endpoints.update, ({ actor, project, params, body }) => datasets.update(actor, project, params.name, body)),
    route(
      endpoints.remove,
      async ({ actor, project, params }) => void (await datasets.remove(actor, project, params.name)),
    ),
    route(endpoints.restore, ({ actor, project, params }) => datasets.restore(actor, project, params.name)),
    route(endpoints.versions, ({ actor, project, params, query }) =>
      datasets.versions(actor, project, params.name, query),
    ),
    route(endpoints.entries, ({ actor, project, params, query }) =>
      datasets.entries(actor, project, params.name, params.version, query),
    ),
    route(endpoints.download, ({ actor, project, params, query, request }) =>
      files.download(actor, project, params.path, {
        version: query.version,
        method: request.method,
        range: request.range,
        ifRange: request.ifRange,
        ifNoneMatch: request.ifNoneMatch,
        signal: request.signal,
      }),
    ),
    route(endpoints.put, ({ actor, project, params, request }) =>
      files.put(actor, project, params.path, request.stream, {
        sizeBytes: request.contentLength,
        contentType: request.contentType,
        contentDigest: request.contentDigest,
        signal: request.signal,
      }),
    ),
    route(endpoints.uploads, async ({ actor, project }) => ({
      items: await uploads.list(actor, project),
      next: null,
    })),
    route(endpoints.beginUpload, ({ actor, project, body }) => uploads.begin(actor, project, body)),
    route(endpoints.addEntries, ({ actor, project, params, body }) =>
      uploads.addEntries(actor, project, params.id, body),
    ),
    route(endpoints.upload, ({ actor, project, params }) => uploads.get(actor, project, params.id)),
    route(
      endpoints.putPart,
      async ({ actor, project, params, request }) =>
        void (await uploads.putPart(actor, project, params.id, params.part, request.stream, {
          sizeBytes: request.contentLength,
          signal: request.signal,
        })),
    ),
    route(endpoints.completeUpload, ({ actor, project, params }) => uploads.complete(actor, project, params.id)),
    route(
      endpoints.abortUpload,
      async ({ actor, project, params }) => void (await uploads.abort(actor, project, params.id)),
    ),
  ]
}
