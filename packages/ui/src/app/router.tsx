import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  type RouterHistory,
} from '@tanstack/react-router'
import { routerBase } from '../lib/address.ts'
import type { LabApi } from '../lib/api.ts'
import { parseSearch, type SearchParams, writeSearch } from '../lib/search.ts'
import { ErrorPage, MissingPage } from '../shell/ErrorPage.tsx'

/** What every route's loader can use. */
export interface RouterContext {
  api: LabApi
  queries: QueryClient
}

/** The page's state stands in the query of the address, as texts; every page reads its own names. */
const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  validateSearch: (search: SearchParams) => search,
})

/**
 * `/p/{project}`: the frame of a project. Its sections are its children, one lazy route each:
 * `createRoute({ getParentRoute: () => projectRoute, path: 'models' }).lazy(() => import('../pages/models.tsx').then((m) => m.route))`.
 */
export const projectRoute = createRoute({ getParentRoute: () => rootRoute, path: 'p/$project', component: Outlet })

const routeTree = rootRoute.addChildren([projectRoute])

export function createAppRouter(context: RouterContext, history?: RouterHistory) {
  return createRouter({
    routeTree,
    context,
    basepath: routerBase(),
    ...(history ? { history } : {}),
    parseSearch,
    stringifySearch: writeSearch,
    defaultPreload: 'intent',
    // Data is cached by the queries; the router only starts them.
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: ErrorPage,
    defaultNotFoundComponent: MissingPage,
    scrollRestoration: true,
    scrollToTopSelectors: ['#content'],
  })
}
