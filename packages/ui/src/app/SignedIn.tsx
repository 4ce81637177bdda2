import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Outlet, useLocation, useNavigate, useRouter } from '@tanstack/react-router'
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react'
import { addresses, platformPath, type SectionName } from '../lib/address.ts'
import { useActivities } from '../lib/activities.ts'
import { useApi } from '../lib/api.ts'
import { rememberProject } from '../lib/last-project.ts'
import { startLive } from '../lib/live.ts'
import { projectQuery, projectsQuery, useMe, useOverview, useProjectSlug } from '../lib/queries.ts'
import { worstOf } from '../lib/status.ts'
import { AppShell } from '../shell/AppShell.tsx'
import { PaletteProvider, useOpenPalette } from '../shell/palette.tsx'
import { projectNav, type SectionCounts } from '../shell/project-nav.ts'
import { t } from '../text/t.ts'
import { areaNav } from './area-nav.ts'
import { useEverywhereEntries } from './everywhere.ts'
import { isSignedOut } from './session.ts'

/** The frame around every page of somebody who is signed in; it stays while pages change. */
export function SignedIn() {
  const slug = useProjectSlug()
  const api = useApi()
  const project = useQuery({ ...projectQuery(api, slug ?? ''), enabled: slug !== undefined }).data
  return (
    <PaletteProvider project={project?.name ?? null}>
      <Framed>
        <Outlet />
      </Framed>
    </PaletteProvider>
  )
}

function Framed({ children }: { children: ReactNode }) {
  const api = useApi()
  const me = useMe()
  const slug = useProjectSlug()
  const navigate = useNavigate()
  const projects = useQuery(projectsQuery(api)).data?.items ?? []
  const project = useQuery({ ...projectQuery(api, slug ?? ''), enabled: slug !== undefined }).data
  const overview = useOverview(project?.slug)
  const section = useSection()
  const leavingRef = useRef(false)
  const offlineSince = useConnection(leavingRef)
  const logOut = useLogOut(leavingRef)
  useEverywhereEntries(projects, project, me)
  useEffect(() => void (project && rememberProject(project.slug)), [project])

  const shown = project ? { slug: project.slug, name: project.name, to: addresses.project(project.slug) } : null
  return (
    <AppShell
      project={shown}
      area={t(section.startsWith('admin') ? 'projects.admin' : section === 'account' ? 'area.account' : 'projects.all')}
      projects={projects.map((one) => ({ slug: one.slug, name: one.name, to: addresses.project(one.slug) }))}
      onCreateProject={
        me.can.includes('projects:create') ? () => void navigate({ to: addresses.createProject }) : undefined
      }
      adminTo={me.admin ? addresses.users : undefined}
      nav={project ? projectNav(project.slug, sectionName(section), countsOf(overview)) : areaNav(section, me.admin)}
      user={{ name: me.name, accountTo: addresses.account, onLogout: () => void logOut() }}
      activities={useActivities()}
      docsHref={`${platformPath()}/app/docs/`}
      apiHref={`${platformPath()}/api/openapi.json`}
      offlineSince={offlineSince}
      onFind={useOpenPalette()}
    >
      {children}
    </AppShell>
  )
}

/** Where the reader is: below a project its section, else the area, with its part in the administration (`admin/users`). */
function useSection(): string {
  const inProject = useProjectSlug() !== undefined
  return useLocation({
    select: ({ pathname }) => {
      const parts = pathname.split('/')
      return (inProject ? parts[3] : parts.slice(1, 3).join('/')) ?? ''
    },
  })
}

const sections: readonly SectionName[] = [
  '',
  'data',
  'experiments',
  'models',
  'workspaces',
  'services',
  'members',
  'settings',
]
/** Documents are a part of the data. */
const sectionName = (segment: string): SectionName =>
  segment === 'documents' ? 'data' : (sections.find((one) => one === segment) ?? '')

type Overview = NonNullable<ReturnType<typeof useOverview>>

/** Only what lives is counted: a rail of totals says nothing about now. */
function countsOf(overview: Overview | undefined): SectionCounts {
  if (!overview) return {}
  return { ...living('workspaces', overview.attention.workspaces), ...living('services', overview.attention.services) }
}

const alive = ['starting', 'running', 'unhealthy', 'stopping', 'failed'] as const

function living(section: SectionName, byStatus: Readonly<Record<string, number>>): SectionCounts {
  const present = alive.filter((status) => (byStatus[status] ?? 0) > 0)
  const count = present.reduce((sum, status) => sum + (byStatus[status] ?? 0), 0)
  return count === 0 ? {} : { [section]: { count, status: worstOf(present) } }
}

/** Opens the live connection while the frame stands; answers since when it is lost. A lost session leads to the login page. */
function useConnection(leavingRef: RefObject<boolean>): number | null {
  const queries = useQueryClient()
  const router = useRouter()
  const [lostSince, setLostSince] = useState<number | null>(null)
  useEffect(() => {
    const leave = () => {
      if (leavingRef.current) return
      leavingRef.current = true
      const here = router.state.location.publicHref
      void router.navigate({ to: addresses.login, search: { to: here } }).then(() => queries.clear())
    }
    const stopLive = startLive(queries, (state) => {
      if (state === 'signed-out') leave()
      setLostSince((since) => (state === 'lost' ? (since ?? Date.now()) : null))
    })
    const stopWatching = queries.getQueryCache().subscribe((event) => {
      if (event.type === 'updated' && event.action.type === 'error' && isSignedOut(event.action.error)) leave()
    })
    return () => {
      stopLive()
      stopWatching()
    }
  }, [queries, router, leavingRef])
  return lostSince
}

function useLogOut(leavingRef: RefObject<boolean>) {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    leavingRef.current = true
    await api.accounts.logout({}).catch((error: unknown) => {
      if (!isSignedOut(error)) throw error
    })
    await navigate({ to: addresses.login })
    queries.clear()
  }
}
