import { QueryClient } from '@tanstack/react-query'
import { createContext, use } from 'react'
import { type Client, createClient, LabProblem, type Live, type LiveChange, openLive } from '@mllab/sdk'
import { platformPath } from './address.ts'

/** What pages know of the server: the typed client. Injected, so that pages can be shown without one. */
export type LabApi = Client

export function createApi(): LabApi {
  return createClient({ baseUrl: platformPath() })
}

const ApiContext = createContext<LabApi | null>(null)
export const ApiProvider = ApiContext.Provider

export function useApi(): LabApi {
  const api = use(ApiContext)
  if (!api) throw new Error('outside of ApiProvider')
  return api
}

/** Answers stay until the live connection says that they changed; what the server refused is not asked again. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        gcTime: 10 * 60_000,
        retry: (failures, error) => failures < 2 && !(error instanceof LabProblem),
        refetchOnWindowFocus: false,
      },
    },
  })
}

export interface LiveHooks {
  onChange: (change: LiveChange) => void
  onResync: () => void
  onState: (state: 'open' | 'lost' | 'signed-out') => void
}

/** The one websocket of this tab. */
export function connectLive(hooks: LiveHooks): Live {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  return openLive({ url: `${scheme}://${location.host}${platformPath()}/api/live`, ...hooks })
}
