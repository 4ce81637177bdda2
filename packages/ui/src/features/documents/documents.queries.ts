import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import type { Document } from '@mllab/sdk'
import { type LabApi, useApi } from '../../lib/api.ts'
import { keysetPages, set } from '../../lib/pages.ts'
import { documentFilter } from './document-filter.ts'

const root = (project: string) => ['documents', project] as const

/** Documents change without an event: programs write them by the thousand. */
const lookAgainMs = 15_000

export const collectionsQuery = (api: LabApi, project: string) =>
  queryOptions({
    queryKey: [...root(project), 'collections'],
    queryFn: ({ signal }) => api.documents.collections({ params: { project } }, { signal }),
    staleTime: lookAgainMs,
    refetchInterval: lookAgainMs,
  })

export const documentsQuery = (api: LabApi, project: string, collection: string, text: string) =>
  infiniteQueryOptions({
    queryKey: [...root(project), 'list', collection, text],
    queryFn: ({ pageParam, signal }) => {
      const { prefix, filter } = documentFilter(text)
      const query = set({
        prefix,
        filter: filter === undefined ? undefined : JSON.stringify(filter),
        cursor: pageParam,
      })
      return api.documents.list({ params: { project, collection }, query }, { signal })
    },
    ...keysetPages,
    placeholderData: keepPreviousData,
    staleTime: lookAgainMs,
  })

export const documentQuery = (api: LabApi, project: string, collection: string, key: string) =>
  queryOptions({
    queryKey: [...root(project), 'one', collection, key],
    queryFn: ({ signal }) => api.documents.get({ params: { project, collection, key } }, { signal }),
    staleTime: 0,
  })

export interface StoredDocument {
  collection: string
  key: string
  value: Record<string, unknown>
  /** The version it was seen in, `new` if there must be none yet. */
  seen: number | 'new'
}

export function useDocumentActions(project: string) {
  const api = useApi()
  const queries = useQueryClient()
  const refresh = () => queries.invalidateQueries({ queryKey: root(project) })
  return {
    put: useMutation({
      mutationFn: ({ collection, key, value, seen }: StoredDocument) =>
        api.documents.put(
          { params: { project, collection, key }, body: value },
          { headers: seen === 'new' ? { 'if-none-match': '*' } : { 'if-match': `"${seen}"` } },
        ),
      onSuccess: (stored: Document) => {
        queries.setQueryData(documentQuery(api, project, stored.collection, stored.key).queryKey, stored)
        void refresh()
      },
    }),
    remove: useMutation({
      mutationFn: ({ collection, key, version }: Document) =>
        api.documents.remove({ params: { project, collection, key } }, { headers: { 'if-match': `"${version}"` } }),
      onSuccess: refresh,
    }),
  }
}
