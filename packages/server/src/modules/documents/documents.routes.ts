import { contract } from '@mllab/contract'

import { route, type AnyRoute } from '../access/access.ts'
import type { Documents } from './documents.ts'

export function documentsRoutes(documents: Documents): AnyRoute[] {
  const endpoints = contract.documents
  return [
    route(endpoints.collections, ({ actor, project }) => documents.collections(actor, project)),
    route(endpoints.list, ({ actor, project, params, query }) =>
      documents.list(actor, project, params.collection, query),
    ),
    route(endpoints.get, ({ actor, project, params }) => documents.get(actor, project, params.collection, params.key)),
    route(endpoints.put, ({ actor, project, params, body, request }) =>
      documents.put(actor, project, params, body, request),
    ),
    route(
      endpoints.remove,
      async ({ actor, project, params, request }) => void (await documents.remove(actor, project, params, request)),
    ),
  ]
}
