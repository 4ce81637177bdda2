import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { Workspace } from '@mllab/sdk'
import { type LabApi, useApi } from '../../lib/api.ts'
import { workspaceQuery } from './workspaces.queries.ts'

const key = (project: string, workspace: string, part: string) => ['workspace', project, workspace, part] as const

export const sharesQuery = (api: LabApi, project: string, workspace: string) =>
  queryOptions({
    queryKey: key(project, workspace, 'shares'),
    queryFn: ({ signal }) => api.workspaceShares.list({ params: { project, workspace } }, { signal }),
    meta: { live: ['workspace'], project },
  })

export const snapshotsQuery = (api: LabApi, project: string, workspace: string) =>
  queryOptions({
    queryKey: key(project, workspace, 'snapshots'),
    queryFn: ({ signal }) => api.workspaceSnapshots.list({ params: { project, workspace } }, { signal }),
    meta: { live: ['workspace'], project },
  })

/** Progress of an operation is not announced step by step. */
const operationMs = 700

export const operationQuery = (api: LabApi, project: string, id: string) =>
  queryOptions({
    queryKey: ['operation', project, id],
    queryFn: ({ signal }) => api.operations.get({ params: { project, id } }, { signal }),
    refetchInterval: ({ state }) => (state.data && isOver(state.data.status) ? false : operationMs),
  })

export const isOver = (status: string) => status === 'done' || status === 'failed' || status === 'cancelled'

const hardwareMs = 2000

/** What the machine does now: asked for while somebody looks. */
export const hardwareQuery = (api: LabApi, project: string, workspace: string) =>
  queryOptions({
    queryKey: key(project, workspace, 'hardware'),
    queryFn: ({ signal }) => api.workspaces.hardware({ params: { project, workspace } }, { signal }),
    staleTime: hardwareMs,
    refetchInterval: hardwareMs,
  })

/** Fetches a tool that is missing. The workspace says how that goes. */
export function usePrepareTool(project: string, workspace: string, tool: string) {
  const api = useApi()
  const queries = useQueryClient()
  const refresh = useCallback(
    () => queries.invalidateQueries({ queryKey: workspaceQuery(api, project, workspace).queryKey }),
    [api, queries, project, workspace],
  )
  const mutation = useMutation({
    mutationFn: () => api.workspaceTools.prepare({ params: { project, workspace, tool } }),
    onSettled: refresh,
  })
  return { ...mutation, refresh }
}

/** What can be done on the page of a workspace. Each answer is shown at once. */
export function useWorkspace(project: string, workspace: string) {
  const api = useApi()
  const queries = useQueryClient()
  const params = { project, workspace }
  const show = (changed: Workspace) =>
    queries.setQueryData(workspaceQuery(api, project, changed.slug).queryKey, changed)
  const refresh = () => queries.invalidateQueries({ queryKey: workspaceQuery(api, project, workspace).queryKey })
  const again = (part: string) => queries.invalidateQueries({ queryKey: key(project, workspace, part) })
  return {
    suspend: useMutation({ mutationFn: () => api.workspaces.suspend({ params }), onSettled: refresh }),
    resume: useMutation({ mutationFn: () => api.workspaces.resume({ params }), onSettled: refresh }),
    keep: useMutation({
      mutationFn: (body: { hours?: number; days?: number }) => api.workspaces.keep({ params, body }),
      onSuccess: show,
    }),
    cloneAgain: useMutation({ mutationFn: () => api.workspaces.cloneAgain({ params }), onSuccess: show }),
    restart: useMutation({ mutationFn: () => api.workspaces.restart({ params }), onSuccess: show, onSettled: refresh }),
    change: useMutation({
      mutationFn: (body: Parameters<LabApi['workspaces']['change']>[0]['body']) =>
        api.workspaces.change({ params, body }),
      onSuccess: show,
      onSettled: () => queries.invalidateQueries({ queryKey: ['workspaces', project] }),
    }),
    discard: useMutation({ mutationFn: () => api.workspaces.discardChanges({ params }), onSuccess: show }),
    openPort: useMutation({
      mutationFn: ({ name, port }: { name: string; port: number }) =>
        api.workspaces.openPort({ params: { ...params, name }, body: { port } }),
      onSuccess: refresh,
    }),
    closePort: useMutation({
      mutationFn: (name: string) => api.workspaces.closePort({ params: { ...params, name } }),
      onSettled: refresh,
    }),
    share: useMutation({
      mutationFn: (body: { username: string; port?: string; hours?: number }) =>
        api.workspaceShares.add({ params, body }),
      onSuccess: () => again('shares'),
    }),
    makeLink: useMutation({
      mutationFn: (body: { port?: string; hours: number }) => api.workspaceShares.addLink({ params, body }),
      onSuccess: () => again('shares'),
    }),
    unshare: useMutation({
      mutationFn: (id: string) => api.workspaceShares.remove({ params: { ...params, id } }),
      onSettled: () => again('shares'),
    }),
    takeSnapshot: useMutation({
      mutationFn: (body: { name?: string }) => api.workspaceSnapshots.take({ params, body }),
      onSuccess: () => again('snapshots'),
    }),
    removeSnapshot: useMutation({
      mutationFn: (id: string) => api.workspaceSnapshots.remove({ params: { ...params, id } }),
      onSettled: () => again('snapshots'),
    }),
    restoreSnapshot: useMutation({
      mutationFn: (id: string) => api.workspaceSnapshots.restore({ params: { ...params, id } }),
      onSettled: () => again('snapshots'),
    }),
    copy: useMutation({
      mutationFn: (body: { name?: string; snapshot?: string }) => api.workspaceSnapshots.copy({ params, body }),
      onSuccess: () => queries.invalidateQueries({ queryKey: ['workspaces', project] }),
    }),
  }
}
