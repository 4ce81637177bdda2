import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { type LabApi, useApi } from '../../lib/api.ts'

/** Whose a secret is: of a project, by its slug, or the reader's own. */
export type SecretOwner = { project: string } | 'me'

const keyOf = (owner: SecretOwner) => ['secrets', owner === 'me' ? null : owner.project] as const

export const secretsQuery = (api: LabApi, owner: SecretOwner) =>
  queryOptions({
    queryKey: keyOf(owner),
    queryFn: ({ signal }) =>
      owner === 'me'
        ? api.secrets.mine({}, { signal })
        : api.secrets.list({ params: { project: owner.project } }, { signal }),
    meta: owner === 'me' ? { live: ['secret'] } : { live: ['secret'], project: owner.project },
  })

export interface NewSecret {
  owner: SecretOwner
  name: string
  value: string
  /** Undefined leaves it as it is. */
  description?: string | undefined
}

/** Sets a secret, new or not, and deletes one. The lists follow. */
export function useSecretActions() {
  const api = useApi()
  const queries = useQueryClient()
  const refresh = (owner: SecretOwner) => queries.invalidateQueries({ queryKey: keyOf(owner) })
  return {
    put: useMutation({
      mutationFn: ({ owner, name, value, description }: NewSecret) => {
        const body = { value, ...(description === undefined ? {} : { description }) }
        return owner === 'me'
          ? api.secrets.putMine({ params: { name }, body })
          : api.secrets.put({ params: { project: owner.project, name }, body })
      },
      onSuccess: (_, { owner }) => refresh(owner),
    }),
    remove: useMutation({
      mutationFn: ({ owner, name }: { owner: SecretOwner; name: string }) =>
        owner === 'me'
          ? api.secrets.removeMine({ params: { name } })
          : api.secrets.remove({ params: { project: owner.project, name } }),
      onSuccess: (_, { owner }) => refresh(owner),
    }),
  }
}
