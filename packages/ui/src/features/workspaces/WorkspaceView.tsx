import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import type { Workspace } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { ExternalIcon, PlayIcon, StopIcon } from '../../components/icons.ts'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Facts, PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { StatusPill } from '../../components/Status.tsx'
import { TabLinks } from '../../components/Tabs.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { words as shared } from '../workloads/words.ts'
import { HardwareTab } from './HardwareTab.tsx'
import { openTool, openWorkspace, otherTools } from './OpenWorkspace.tsx'
import { Overview } from './Overview.tsx'
import { words } from './page-words.ts'
import { PortsTab } from './PortsTab.tsx'
import { SharingTab } from './SharingTab.tsx'
import { SnapshotsTab } from './SnapshotsTab.tsx'
import { useWorkspace } from './workspace.queries.ts'
import { WorkspaceDetails } from './WorkspaceDetails.tsx'
import { WorkspaceMenu } from './WorkspaceMenu.tsx'
import { WorkspaceNotices } from './WorkspaceNotices.tsx'
import { optionsQuery, useWorkspaceActions } from './workspaces.queries.ts'

const SettingsTab = lazy(() => import('./settings/SettingsTab.tsx').then((chunk) => ({ default: chunk.SettingsTab })))

const tabNames = ['overview', 'ports', 'sharing', 'snapshots', 'hardware', 'settings'] as const
type TabName = (typeof tabNames)[number]

/** A workspace that does not start just now: what can be done with it, and its parts. */
export function WorkspaceView({ workspace, project }: { workspace: Workspace; project: string }) {
  const [search] = useSearchState()
  const { start, stop } = useWorkspaceActions(project)
  const actions = useWorkspace(project, workspace.slug)
  const options = useQuery(optionsQuery(useApi(), project)).data
  const { status } = workspace.state
  const { can, life } = workspace
  const runs = status === 'running' || status === 'unhealthy'
  const tabs = tabNames.filter((name) => {
    if (name === 'sharing') return can.includes('share')
    return name !== 'settings' || can.includes('limit')
  })
  const tab = tabs.find((name) => name === one(search, 'tab')) ?? 'overview'
  const problem = start.error ?? stop.error ?? actions.suspend.error ?? actions.resume.error ?? actions.restart.error

  const startAgain = (
    <Button
      variant={status === 'failed' || status === 'stopped' ? 'primary' : 'outline'}
      icon={PlayIcon}
      busy={start.isPending}
      busyLabel={words('starting')}
      disabledBecause={life.expiredAt !== null && words('life.bringBack')}
      onClick={() => start.mutate(workspace.slug)}
    >
      {status === 'failed' ? shared('failed.startAgain') : words('start')}
    </Button>
  )
  const parts: Record<TabName, React.ReactNode> = {
    overview: <Overview workspace={workspace} project={project} startAgain={startAgain} />,
    ports: <PortsTab workspace={workspace} project={project} />,
    sharing: <SharingTab workspace={workspace} project={project} />,
    snapshots: <SnapshotsTab workspace={workspace} project={project} />,
    settings: (
      <Suspense>
        <SettingsTab workspace={workspace} project={project} />
      </Suspense>
    ),
    hardware: <HardwareTab workspace={workspace} project={project} />,
  }
  return (
    <PageLayout
      aside={
        status === 'failed' || tab !== 'overview' ? undefined : (
          <WorkspaceDetails workspace={workspace} project={project} />
        )
      }
    >
      <PageHeader
        title={workspace.name}
        beside={
          life.suspendedAt === null ? (
            <StatusPill status={status} />
          ) : (
            <StatusPill status="stopped" word={words('suspended')} />
          )
        }
        actions={
          <>
            {life.suspendedAt !== null && can.includes('suspend') ? (
              <Button
                icon={PlayIcon}
                busy={actions.resume.isPending}
                busyLabel={words('resuming')}
                onClick={() => actions.resume.mutate()}
              >
                {words('resume')}
              </Button>
            ) : null}
            {runs && can.includes('stop') ? (
              <Button
                icon={StopIcon}
                busy={stop.isPending}
                busyLabel={words('stopping')}
                onClick={() => stop.mutate(workspace.slug)}
              >
                {words('stop')}
              </Button>
            ) : null}
            {status === 'stopped' && can.includes('start') ? startAgain : null}
            <WorkspaceMenu
              workspace={workspace}
              project={project}
              actions={actions}
              canSuspend={options?.canSuspend ?? false}
            />
            {runs && can.includes('open')
              ? otherTools(workspace).map((tool) => (
                  <Button
                    key={tool.name}
                    iconAfter={ExternalIcon}
                    disabledBecause={tool.state === 'impossible' && tool.detail}
                    onClick={() => openTool(workspace, project, tool)}
                  >
                    {tool.title}
                  </Button>
                ))
              : null}
            {runs && can.includes('open') ? (
              <Button variant="primary" iconAfter={ExternalIcon} onClick={() => openWorkspace(workspace)}>
                {words('open')}
              </Button>
            ) : null}
          </>
        }
        below={<Facts>{[workspace.state.image, <code key="slug">{workspace.slug}</code>]}</Facts>}
        tabs={
          <TabLinks
            label={words('tabs.label')}
            tabs={tabs.map((name) => ({
              label: words(`tabs.${name}`),
              ...(name === 'ports' && workspace.ports.length > 0 ? { count: workspace.ports.length } : {}),
              to: addresses.object(project, 'workspaces', workspace.slug),
              search: name === 'overview' ? {} : { tab: name },
              current: name === tab,
            }))}
          />
        }
      />
      <PageBody>
        {problem ? <ProblemNotice problem={problemOf(problem)} /> : null}
        {tab === 'overview' ? <WorkspaceNotices workspace={workspace} project={project} /> : null}
        {parts[tab]}
      </PageBody>
    </PageLayout>
  )
}
