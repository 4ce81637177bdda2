import { queryOptions } from '@tanstack/react-query'
import type { LabApi } from '../../lib/api.ts'
import { platformPath } from '../../lib/address.ts'

export const runQuery = (api: LabApi, project: string, run: string) =>
  queryOptions({
    queryKey: ['runs', project, 'one', run],
    queryFn: ({ signal }) => api.runs.get({ params: { project, run } }, { signal }),
    meta: { live: ['run', 'model', 'logged_model'], project },
  })

const liveEveryMs = 1000
const buckets = 400

/** Curves of some metrics; drawn anew every second while the run goes on. */
export const curvesQuery = (api: LabApi, project: string, run: string, keys: readonly string[], live: boolean) =>
  queryOptions({
    queryKey: ['curves', project, run, keys],
    queryFn: ({ signal }) =>
      api.runs.curves({ params: { project, run }, query: { key: [...keys], buckets } }, { signal }),
    enabled: keys.length > 0,
    placeholderData: (before) => before,
    refetchInterval: live ? liveEveryMs : false,
    meta: { live: ['run'], project },
  })

export const artifactsQuery = (api: LabApi, project: string, run: string, path: string) =>
  queryOptions({
    queryKey: ['artifacts', project, run, path],
    queryFn: ({ signal }) => api.runs.artifacts({ params: { project, run }, query: { path } }, { signal }),
    meta: { live: ['run'], project },
  })

/** Where the bytes of an artifact are: the server sends them as a download, whatever they are. */
export const artifactHref = (project: string, run: string, path: string) =>
  `${platformPath()}/api/projects/${encodeURIComponent(project)}/runs/${run}/artifact/${path.split('/').map(encodeURIComponent).join('/')}`
