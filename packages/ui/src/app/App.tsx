import { CSPProvider } from '@base-ui/react/csp-provider'
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type AnyRouter, RouterProvider } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { ToastProvider } from '../components/Toast.tsx'
import { ApiProvider, type LabApi } from '../lib/api.ts'

const TipLayer = lazy(() => import('../components/Tip.tsx').then((chunk) => ({ default: chunk.TipLayer })))

/** The app around its router: server, cache, words of undo, tips. */
export function App({ api, queries, router }: { api: LabApi; queries: QueryClient; router: AnyRouter }) {
  return (
    // Base UI writes no <style> elements of its own: the page allows none.
    <CSPProvider disableStyleElements>
      <ApiProvider value={api}>
        <QueryClientProvider client={queries}>
          <ToastProvider>
            <RouterProvider router={router} />
            <Suspense>
              <TipLayer />
            </Suspense>
          </ToastProvider>
        </QueryClientProvider>
      </ApiProvider>
    </CSPProvider>
  )
}
