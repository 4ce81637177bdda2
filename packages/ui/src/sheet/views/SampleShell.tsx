import { type ReactNode } from 'react'
import { AppShell } from '../../shell/AppShell.tsx'
import { useCrumbs } from '../../shell/crumbs.ts'
import { PaletteProvider, useOpenPalette } from '../../shell/palette.tsx'
import { activities, nav, projects } from '../samples.ts'

/** The frame around the sample pages. */
export function SampleShell({
  current,
  crumbs,
  busy = true,
  children,
}: {
  current: string
  crumbs: string[]
  busy?: boolean
  children: ReactNode
}) {
  const project = projects[0] ?? null
  return (
    <PaletteProvider project={project?.name ?? null}>
      <Inside current={current} crumbs={crumbs} busy={busy}>
        {children}
      </Inside>
    </PaletteProvider>
  )
}

function Inside({
  current,
  crumbs,
  busy,
  children,
}: {
  current: string
  crumbs: string[]
  busy: boolean
  children: ReactNode
}) {
  useCrumbs(
    crumbs.map((label, index) => (index === crumbs.length - 1 ? { label } : { label, to: `/p/churn/${index}` })),
  )
  return (
    <AppShell
      project={projects[0] ?? null}
      projects={projects}
      onCreateProject={() => undefined}
      adminTo="/admin"
      nav={nav(current)}
      user={{ name: 'Mara Lindqvist', accountTo: '/account', onLogout: () => undefined }}
      activities={busy ? activities : []}
      docsHref="https://example.invalid/docs"
      apiHref="https://example.invalid/api"
      offlineSince={null}
      onFind={useOpenPalette()}
    >
      {children}
    </AppShell>
  )
}
