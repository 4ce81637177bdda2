import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { Workspace } from '@mllab/sdk'
import { PageWaiting } from '../../components/PageWaiting.tsx'
import { ExternalIcon, StopIcon } from '../../components/icons.ts'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { useProject } from '../../lib/queries.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { FailedPage } from '../../shell/FailedPage.tsx'
import { type PaletteEntry, usePaletteEntries } from '../../shell/palette.tsx'
import { openWorkspace } from './OpenWorkspace.tsx'
import { words } from './page-words.ts'
import { PreparingTool } from './PreparingTool.tsx'
import { StartingWorkspace } from './StartingWorkspace.tsx'
import { WorkspaceView } from './WorkspaceView.tsx'
import { useWorkspaceActions, workspaceQuery } from './workspaces.queries.ts'

/** One workspace. With `?open=1` it goes into it by itself as soon as it runs, with `?open=vscode` into that tool. */
export function WorkspacePage() {
  const project = useProject()
  const slug = useParams({ strict: false, select: (params: { workspace?: string }) => params.workspace ?? '' })
  const found = useQuery(workspaceQuery(useApi(), project.slug, slug))
  useCrumbs([
    { label: project.name, to: addresses.project(project.slug) },
    { label: words('crumb'), to: addresses.section(project.slug, 'workspaces') },
    { label: found.data?.name ?? slug },
  ])
  if (found.data) return <Page workspace={found.data} project={project.slug} />
  return found.error ? <FailedPage error={found.error} /> : <PageWaiting />
}

function Page({ workspace, project }: { workspace: Workspace; project: string }) {
  const [search] = useSearchState()
  const { stop } = useWorkspaceActions(project)
  const wanted = one(search, 'open')
  const tool = workspace.tools.find(({ name }) => name === wanted)
  const opens = wanted !== undefined && workspace.can.includes('open')
  const enters = opens && workspace.state.status === 'running'
  const opening = enters && (tool === undefined || tool.state === 'ready')
  const url = tool?.url ?? workspace.url
  useEffect(() => {
    if (opening) location.replace(url)
  }, [opening, url])
  usePaletteEntries(paletteOf(workspace, () => stop.mutate(workspace.slug)))

  if (enters && tool && !opening) return <PreparingTool workspace={workspace} project={project} tool={tool} />
  return workspace.state.status === 'starting' || opening ? (
    <StartingWorkspace workspace={workspace} project={project} opens={opens} />
  ) : (
    <WorkspaceView workspace={workspace} project={project} />
  )
}

function paletteOf(workspace: Workspace, onStop: () => void): PaletteEntry[] {
  if (workspace.state.status !== 'running') return []
  const entry = (id: string, label: string, icon: typeof StopIcon, run: () => void): PaletteEntry => ({
    id: `workspace-${id}-${workspace.slug}`,
    group: 'do',
    label,
    icon,
    run,
  })
  const { name, can } = workspace
  return [
    ...(can.includes('open')
      ? [entry('open', words('palette.openIt', { name }), ExternalIcon, () => openWorkspace(workspace))]
      : []),
    ...(can.includes('stop') ? [entry('stop', words('palette.stopIt', { name }), StopIcon, onStop)] : []),
  ]
}
