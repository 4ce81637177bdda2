import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { Workspace } from '@mllab/sdk'
import { Button, IconButton } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import { ExternalIcon, MoreIcon, PlayIcon, StopIcon, TrashIcon } from '../../components/icons.ts'
import { Menu } from '../../components/Menu.tsx'
import { Notice, ProblemNotice } from '../../components/Notice.tsx'
import { Facts, PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { PageWaiting } from '../../components/PageWaiting.tsx'
import { StatusPill } from '../../components/Status.tsx'
import { useSay } from '../../components/Toast.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { useProject } from '../../lib/queries.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { MissingPage } from '../../shell/ErrorPage.tsx'
import { usePaletteEntries } from '../../shell/palette.tsx'
import { FailedSection } from '../workloads/FailedSection.tsx'
import { failedWays } from '../workloads/failed-ways.tsx'
import { StartProgress } from '../workloads/StartProgress.tsx'
import { words as shared } from '../workloads/words.ts'
import { isMeasured } from '../workloads/usage.queries.ts'
import { UsageCharts } from '../workloads/UsageCharts.tsx'
import { WorkloadLog } from '../workloads/WorkloadLog.tsx'
import { openWorkspace } from './OpenWorkspace.tsx'
import { words } from './words.ts'
import { WorkspaceDetails } from './WorkspaceDetails.tsx'
import { useWorkspaceActions, workspaceQuery } from './workspaces.queries.ts'

/** One workspace. With `?open=1` it goes into it by itself, as soon as it runs. */
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
  if (!found.error) return <PageWaiting />
  const problem = problemOf(found.error)
  return problem.code === 'NOT_FOUND' ? (
    <MissingPage />
  ) : (
    <PageBody>
      <ProblemNotice problem={problem} />
    </PageBody>
  )
}

function Page({ workspace, project }: { workspace: Workspace; project: string }) {
  const [search] = useSearchState()
  const api = useApi()
  const { start, stop } = useWorkspaceActions(project)
  const { status } = workspace.state
  const opens = one(search, 'open') !== undefined && workspace.can.includes('open')
  const mayReadLog = workspace.can.includes('logs')
  const opening = opens && status === 'running'

  useEffect(() => {
    if (opening) location.replace(workspace.url)
  }, [opening, workspace.url])

  const startAgain = (
    <Button
      variant={status === 'failed' || status === 'stopped' ? 'primary' : 'outline'}
      icon={PlayIcon}
      busy={start.isPending}
      busyLabel={words('starting')}
      onClick={() => start.mutate(workspace.slug)}
    >
      {status === 'failed' ? shared('failed.startAgain') : words('start')}
    </Button>
  )
  usePaletteEntries(paletteOf(workspace, () => stop.mutate(workspace.slug)))

  const log = mayReadLog ? (
    <WorkloadLog
      name={workspace.slug}
      start={`${workspace.id} ${workspace.state.generation}`}
      live={status !== 'stopped' && status !== 'failed'}
      read={(query, signal) =>
        api.workspaces.logs({ params: { project, workspace: workspace.slug }, query }, { signal })
      }
    />
  ) : null
  const problem = start.error ?? stop.error
  const problemNotice = problem ? <ProblemNotice problem={problemOf(problem)} /> : null

  if (status === 'starting' || opening)
    return (
      <PageLayout centred>
        <PageHeader
          title={workspace.name}
          beside={<StatusPill status={status} {...(opening ? { word: words('opening') } : {})} />}
          actions={
            workspace.can.includes('stop') && status === 'starting' ? (
              <Button busy={stop.isPending} busyLabel={words('cancelling')} onClick={() => stop.mutate(workspace.slug)}>
                {words('cancelStart')}
              </Button>
            ) : undefined
          }
          below={<Facts>{[workspace.state.image, opens ? words('opens') : null]}</Facts>}
        />
        <PageBody>
          {problemNotice}
          <StartProgress
            name={workspace.name}
            steps={workspace.state.steps}
            {...(opens
              ? {
                  last: {
                    name: shared('step.open'),
                    status: opening ? ('current' as const) : ('pending' as const),
                    facts: shared('step.thisTab'),
                  },
                }
              : {})}
          />
          {log}
        </PageBody>
      </PageLayout>
    )

  return (
    <PageLayout aside={status === 'failed' ? undefined : <WorkspaceDetails workspace={workspace} />}>
      <PageHeader
        title={workspace.name}
        beside={<StatusPill status={status} />}
        actions={
          <>
            {(status === 'running' || status === 'unhealthy') && workspace.can.includes('stop') ? (
              <Button
                icon={StopIcon}
                busy={stop.isPending}
                busyLabel={words('stopping')}
                onClick={() => stop.mutate(workspace.slug)}
              >
                {words('stop')}
              </Button>
            ) : null}
            {status === 'stopped' && workspace.can.includes('start') ? startAgain : null}
            <DeleteMenu workspace={workspace} project={project} />
            {(status === 'running' || status === 'unhealthy') && workspace.can.includes('open') ? (
              <Button variant="primary" iconAfter={ExternalIcon} onClick={() => openWorkspace(workspace)}>
                {words('open')}
              </Button>
            ) : null}
          </>
        }
        below={<Facts>{[workspace.state.image, <code key="slug">{workspace.slug}</code>]}</Facts>}
      />
      <PageBody>
        {problemNotice}
        {status === 'failed' ? (
          <FailedSection
            state={workspace.state}
            log={log}
            ways={failedWays(workspace.state, {
              startAgain: workspace.can.includes('start') ? startAgain : null,
              newForm: { to: addresses.section(project, 'workspaces') },
            })}
          />
        ) : null}
        {status === 'stopped' ? <Notice tone="plain">{words('stopped.text')}</Notice> : null}
        {workspace.can.includes('open') ? null : (
          <Notice tone="plain">{words('foreign', { name: workspace.owner.name })}</Notice>
        )}
        {isMeasured(status) ? (
          <UsageCharts
            project={project}
            id={workspace.id}
            read={(signal) =>
              api.workspaces.usage({ params: { project, workspace: workspace.slug }, query: {} }, { signal })
            }
          />
        ) : null}
        {status === 'failed' ? null : log}
      </PageBody>
    </PageLayout>
  )
}

function DeleteMenu({ workspace, project }: { workspace: Workspace; project: string }) {
  const [asking, setAsking] = useState(false)
  const { remove } = useWorkspaceActions(project)
  const navigate = useNavigate()
  const say = useSay()
  if (!workspace.can.includes('delete')) return null
  return (
    <>
      <Menu
        align="end"
        label={words('more')}
        items={[{ label: words('delete'), icon: TrashIcon, danger: true, onSelect: () => setAsking(true) }]}
        trigger={(trigger) => <IconButton {...trigger} icon={MoreIcon} outline size="md" label={words('more')} />}
      />
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title={words('deleteName', { name: workspace.name })}
        goesWithIt={words('deleteGoes')}
        typeName={workspace.slug}
        action={words('delete')}
        busyLabel={words('deleting')}
        error={remove.error ? problemOf(remove.error).detail : undefined}
        onConfirm={async () => {
          await remove.mutateAsync(workspace.slug)
          say({ text: words('deleted', { name: workspace.name }) })
          await navigate({ to: addresses.section(project, 'workspaces') })
        }}
      />
    </>
  )
}

function paletteOf(workspace: Workspace, onStop: () => void) {
  if (workspace.state.status !== 'running') return []
  return [
    ...(workspace.can.includes('open')
      ? [
          {
            id: `workspace-open-${workspace.slug}`,
            group: 'do' as const,
            label: words('palette.openIt', { name: workspace.name }),
            icon: ExternalIcon,
            run: () => openWorkspace(workspace),
          },
        ]
      : []),
    ...(workspace.can.includes('stop')
      ? [
          {
            id: `workspace-stop-${workspace.slug}`,
            group: 'do' as const,
            label: words('palette.stopIt', { name: workspace.name }),
            icon: StopIcon,
            run: onStop,
          },
        ]
      : []),
  ]
}
