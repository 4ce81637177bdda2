import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useApi } from '../../lib/api.ts'

export interface UserChange {
  id: string
  status?: 'active' | 'disabled'
  admin?: boolean
  password?: string
}

export function useUserChange() {
  const api = useApi()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }: UserChange) => api.accounts.updateUser({ params: { id }, body }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['users'] }),
  })
}
