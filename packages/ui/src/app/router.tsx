import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
  type RouterHistory,
} from '@tanstack/react-router'
import { LabProblem } from '@mllab/sdk'
import { addresses, routerBase } from '../lib/address.ts'
import type { LabApi } from '../lib/api.ts'
import { lastProject } from '../lib/last-project.ts'
import { projectQuery, projectsQuery } from '../lib/queries.ts'
import { parseSearch, type SearchParams, writeSearch } from '../lib/search.ts'
import { ErrorPage, MissingPage } from '../shell/ErrorPage.tsx'
import { requireSession } from './session.ts'
import { workRoutes } from './work-routes.ts'

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

const loadFrame = () => import('./signed-in.route.tsx')

/** Everything below needs somebody who is signed in, and stands in the frame. */
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  beforeLoad: ({ context: { api, queries }, location }) => {
    void loadFrame() // while the session is looked at
    return requireSession(api, queries, location.publicHref)
  },
}).lazy(() => loadFrame().then((frame) => frame.route))

/**
 * `/p/{project}`: the frame of a project. Its sections are its children, one lazy route each:
 * `createRoute({ getParentRoute: () => projectRoute, path: 'models' }).lazy(() => import('../features/models/models.route.tsx').then((m) => m.route))`.
 */
export const projectRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: 'p/$project',
  loader: async ({ context: { api, queries }, params }) => {
    try {
      await queries.ensureQueryData(projectQuery(api, params.project))
    } catch (error) {
      if (error instanceof LabProblem && error.status === 404) throw notFound()
      throw error
    }
  },
  component: Outlet,
})

/** The project that was used last, the only one, or the list. */
const startRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/',
  loader: async ({ context: { api, queries } }) => {
    const { items } = await queries.ensureQueryData(projectsQuery(api))
    const last = lastProject()
    const project = items.find(({ slug }) => slug === last) ?? (items.length === 1 ? items[0] : undefined)
    throw redirect({ to: project ? addresses.project(project.slug) : addresses.projects, replace: true })
  },
})

/** A page whose code is fetched when somebody goes there, or rests on a link to it. */
const load = lazyRouteComponent

const entryRoutes = [
  createRoute({ getParentRoute: () => rootRoute, path: 'setup', component: load(() => import('../features/entry/SetupPage.tsx'), 'SetupPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => rootRoute, path: 'login', component: load(() => import('../features/entry/LoginPage.tsx'), 'LoginPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => rootRoute, path: 'register', component: load(() => import('../features/entry/RegisterPage.tsx'), 'RegisterPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => rootRoute, path: 'join', component: load(() => import('../features/entry/JoinPage.tsx'), 'JoinPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => rootRoute, path: 'shared', component: load(() => import('../features/shared/SharedLinkPage.tsx'), 'SharedLinkPage') }), // prettier-ignore
]

const areaRoutes = [
  createRoute({ getParentRoute: () => signedInRoute, path: 'account', component: load(() => import('../features/account/AccountPage.tsx'), 'AccountPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => signedInRoute, path: 'admin/users', component: load(() => import('../features/admin/UsersPage.tsx'), 'UsersPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => signedInRoute, path: 'admin/workspaces', component: load(() => import('../features/admin/AllWorkspacesPage.tsx'), 'AllWorkspacesPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => signedInRoute, path: 'admin/profiles', component: load(() => import('../features/admin/ProfilesPage.tsx'), 'ProfilesPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => signedInRoute, path: 'admin/server', component: load(() => import('../features/admin/ServerPage.tsx'), 'ServerPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => signedInRoute, path: 'projects', component: load(() => import('../features/entry/ProjectsPage.tsx'), 'ProjectsPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => signedInRoute, path: 'new', component: load(() => import('../features/entry/CreateProjectPage.tsx'), 'CreateProjectPage') }), // prettier-ignore
]

const ownRoutes = [
  createRoute({ getParentRoute: () => projectRoute, path: 'members', component: load(() => import('../features/members/MembersPage.tsx'), 'MembersPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => projectRoute, path: 'settings', component: load(() => import('../features/settings/SettingsPage.tsx'), 'SettingsPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => projectRoute, path: '/', component: load(() => import('../features/home/HomePage.tsx'), 'HomePage') }), // prettier-ignore
  createRoute({ getParentRoute: () => projectRoute, path: 'data', component: load(() => import('../features/data/DataPage.tsx'), 'DataPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => projectRoute, path: 'data/$name', component: load(() => import('../features/data/DatasetPage.tsx'), 'DatasetPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => projectRoute, path: 'documents', component: load(() => import('../features/documents/CollectionsPage.tsx'), 'CollectionsPage') }), // prettier-ignore
  createRoute({ getParentRoute: () => projectRoute, path: 'documents/$collection', component: load(() => import('../features/documents/CollectionPage.tsx'), 'CollectionPage') }), // prettier-ignore
]

const routeTree = rootRoute.addChildren([
  ...entryRoutes,
  signedInRoute.addChildren([
    startRoute,
    ...areaRoutes,
    projectRoute.addChildren([...ownRoutes, ...workRoutes(projectRoute)]),
  ]),
])

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
