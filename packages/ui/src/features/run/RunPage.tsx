import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { Run } from '@mllab/sdk'
import { Button, IconButton } from '../../components/Button.tsx'
import { MoreIcon, StopIcon, TrashIcon } from '../../components/icons.ts'
import { Menu, type MenuItem } from '../../components/Menu.tsx'
import { Notice, ProblemNotice } from '../../components/Notice.tsx'
import { PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { PageWaiting } from '../../components/PageWaiting.tsx'
import { StatusPill } from '../../components/Status.tsx'
import { TabLinks } from '../../components/Tabs.tsx'
import { useSay } from '../../components/Toast.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { useProject } from '../../lib/queries.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { FailedPage } from '../../shell/FailedPage.tsx'
import { usePaletteEntries } from '../../shell/palette.tsx'
import { NameDialog } from '../experiments/NameDialog.tsx'
import { Artifacts } from './Artifacts.tsx'
import { Charts } from './Charts.tsx'
import { MetricsTable } from './MetricsTable.tsx'
import { RunAside } from './RunAside.tsx'
import { runQuery } from './run.queries.ts'
import { words } from './words.ts'

/** One run: its curves as they grow, its files, what it was made of and what came of it. */
export function RunPage() {
  const project = useProject()
  const params = useParams({ strict: false, select: (all: { number?: string; run?: string }) => all })
  const found = useQuery(runQuery(useApi(), project.slug, params.run ?? ''))
  const run = found.data
  useCrumbs([
    { label: project.name, to: addresses.project(project.slug) },
    { label: words('crumb'), to: addresses.section(project.slug, 'experiments') },
    ...(run
      ? [
          {
            label: run.experiment.name,
            to: addresses.object(project.slug, 'experiments', String(run.experiment.number)),
          },
        ]
      : []),
    { label: run?.name ?? '' },
  ])
  if (run) return <Page run={run} project={project.slug} />
  return found.error ? <FailedPage error={found.error} /> : <PageWaiting />
}

const tabNames = ['overview', 'metrics', 'artifacts'] as const

function Page({ run, project }: { run: Run; project: string }) {
  const [search] = useSearchState()
  const tab = tabNames.find((name) => name === one(search, 'tab')) ?? 'overview'
  const actions = useRunActions(run, project)
  const [renaming, setRenaming] = useState(false)
  const to = addresses.run(project, run.experiment.number, run.id)
  const counts = { overview: undefined, metrics: run.metrics.length, artifacts: run.artifacts.files }
  const kills = run.can.includes('kill')

  usePaletteEntries(
    kills
      ? [
          {
            id: 'kill-run',
            group: 'do',
            label: words('actions.kill'),
            icon: StopIcon,
            run: () => actions.kill.mutate(),
          },
        ]
      : [],
  )
  const items: MenuItem[] = [
    ...(run.can.includes('change') ? [{ label: words('actions.rename'), onSelect: () => setRenaming(true) }] : []),
    ...(run.can.includes('remove')
      ? [
          'line' as const,
          { label: words('actions.delete'), icon: TrashIcon, danger: true, onSelect: () => void actions.remove() },
        ]
      : []),
  ]
  const problem = actions.kill.error ?? actions.restore.error
  return (
    <PageLayout aside={<RunAside run={run} project={project} />}>
      <PageHeader
        title={run.name}
        beside={<StatusPill status={run.status} />}
        actions={
          <>
            {kills ? (
              <Button
                icon={StopIcon}
                busy={actions.kill.isPending}
                busyLabel={words('actions.killing')}
                onClick={() => actions.kill.mutate()}
              >
                {words('actions.kill')}
              </Button>
            ) : null}
            {items.length > 0 ? (
              <Menu
                align="end"
                label={words('actions.more')}
                items={items}
                trigger={(trigger) => (
                  <IconButton {...trigger} icon={MoreIcon} outline size="md" label={words('actions.more')} />
                )}
              />
            ) : null}
          </>
        }
        tabs={
          <TabLinks
            label={words('tabs.label')}
            tabs={tabNames.map((name) => ({
              label: words(`tabs.${name}`),
              count: counts[name],
              to,
              search: name === 'overview' ? {} : { tab: name },
              current: name === tab,
            }))}
          />
        }
      />
      <PageBody>
        {problem ? <ProblemNotice problem={problemOf(problem)} /> : null}
        {run.deleted ? (
          <Notice
            tone="plain"
            action={
              run.can.includes('restore') ? (
                <Button size="sm" busy={actions.restore.isPending} onClick={() => actions.restore.mutate()}>
                  {words('deleted.restore')}
                </Button>
              ) : undefined
            }
          >
            {words('deleted.notice')}
          </Notice>
        ) : null}
        {tab === 'overview' ? <Charts run={run} project={project} /> : null}
        {tab === 'artifacts' ? <Artifacts run={run} project={project} /> : null}
        {tab === 'metrics' ? <MetricsTable run={run} /> : null}
      </PageBody>
      {renaming ? (
        <NameDialog
          title={words('actions.rename')}
          label={words('actions.name')}
          action={words('actions.renameDo')}
          busyLabel={words('actions.renaming')}
          initial={run.name}
          busy={actions.rename.isPending}
          error={actions.rename.error}
          onSubmit={(name) => actions.rename.mutate(name, { onSuccess: () => setRenaming(false) })}
          onClose={() => setRenaming(false)}
        />
      ) : null}
    </PageLayout>
  )
}

function useRunActions(run: Run, project: string) {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const say = useSay()
  const params = { project, run: run.id }
  const { queryKey } = runQuery(api, project, run.id)
  const show = (next: Run) => {
    queries.setQueryData(queryKey, next)
    void queries.invalidateQueries({ queryKey: ['runs', project, 'list'] })
  }
  const kill = useMutation({
    mutationFn: () => api.runs.update({ params, body: { status: 'killed' } }),
    onSuccess: show,
  })
  const rename = useMutation({
    mutationFn: (name: string) => api.runs.update({ params, body: { name } }),
    onSuccess: show,
  })
  const restore = useMutation({ mutationFn: () => api.runs.restore({ params }), onSuccess: show })
  const remove = async () => {
    try {
      await api.runs.remove({ params })
    } catch (error) {
      return say({ text: problemOf(error).detail })
    }
    void queries.invalidateQueries({ queryKey: ['runs', project] })
    await navigate({ to: addresses.object(project, 'experiments', String(run.experiment.number)) })
    say({ text: words('deleted', { name: run.name }), undo: () => restore.mutate() })
  }
  return { kill, rename, restore, remove }
}
