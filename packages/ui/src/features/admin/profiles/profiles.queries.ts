import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type LabApi, useApi } from '../../../lib/api.ts'
import { projectsQuery } from '../../../lib/queries.ts'
import { optionsQuery } from '../../workspaces/workspaces.queries.ts'
import type { ProfileBody } from './profile-form.ts'

const root = ['workspace-profiles'] as const

export const profilesQuery = (api: LabApi) =>
  queryOptions({
    queryKey: root,
    queryFn: ({ signal }) => api.workspaceProfiles.list({}, { signal }),
    meta: { live: ['profile'] },
  })

export function useProfileActions() {
  const api = useApi()
  const queries = useQueryClient()
  const onSuccess = async () => {
    await queries.invalidateQueries({ queryKey: root })
    void queries.invalidateQueries({ queryKey: ['workspaces'] }) // the options of new ones
  }
  return {
    save: useMutation({
      mutationFn: ({ slug, body }: { slug: string; body: ProfileBody }) =>
        api.workspaceProfiles.put({ params: { profile: slug }, body }),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (slug: string) => api.workspaceProfiles.remove({ params: { profile: slug } }),
      onSuccess,
    }),
  }
}

/** Images, machine and rules, as a project of the administrator has them; undefined where there is none. */
export function useMachine() {
  const api = useApi()
  const project = useQuery(projectsQuery(api)).data?.items[0]?.slug
  return useQuery({ ...optionsQuery(api, project ?? ''), enabled: project !== undefined }).data
}

export type Machine = ReturnType<typeof useMachine>
