import { useNavigate } from '@tanstack/react-router'
import { addresses } from '../../lib/address.ts'
import { useServiceActions } from './services.queries.ts'

/** A version of a model becomes a service with one click: no limits, no variables, named like the model. Its page shows how it starts. */
export function useDeploy(project: string) {
  const navigate = useNavigate()
  const { create } = useServiceActions(project)
  return {
    deploy: (model: string, version: number) =>
      create.mutate(
        { model: { name: model, version } },
        { onSuccess: ({ slug }) => void navigate({ to: addresses.object(project, 'services', slug) }) },
      ),
    busy: create.isPending,
    error: create.error,
  }
}
