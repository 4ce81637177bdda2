import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Experiment } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { ExperimentIcon, PlusIcon } from '../../components/icons.ts'
import { SearchInput } from '../../components/Input.tsx'
import { Link } from '../../components/Link.tsx'
import { EmptyState, NoMatch, ProblemNotice } from '../../components/Notice.tsx'
import { PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { TabLinks } from '../../components/Tabs.tsx'
import { RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { format } from '../../lib/format.ts'
import { rowsOf } from '../../lib/pages.ts'
import { problemOf } from '../../lib/problem.ts'
import { useProject } from '../../lib/queries.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { usePaletteEntries } from '../../shell/palette.tsx'
import { experimentsQuery } from './experiments.queries.ts'
import css from './Experiments.module.css'
import { LogRunCode, LogRunDialog } from './LogRun.tsx'
import { NameDialog } from './NameDialog.tsx'
import { RunsTable, type RunsHead } from './RunsTable.tsx'
import { words } from './words.ts'

/** The experiments of a project; with `?view=runs` all their runs in one table. */
export function ExperimentsPage() {
  const project = useProject()
  const [search, setSearch] = useSearchState()
  const [dialog, setDialog] = useState<'log' | 'new' | null>(null)
  const showsRuns = one(search, 'view') === 'runs'
  useCrumbs([{ label: project.name, to: addresses.project(project.slug) }, { label: words('crumb') }])
  usePaletteEntries([
    { id: 'log-run', group: 'do', label: words('palette.logRun'), icon: PlusIcon, run: () => setDialog('log') },
    ...(project.can.includes('runs:write')
      ? [
          {
            id: 'new-experiment',
            group: 'do' as const,
            label: words('palette.newExperiment'),
            icon: PlusIcon,
            run: () => setDialog('new'),
          },
        ]
      : []),
  ])

  const to = addresses.section(project.slug, 'experiments')
  const head = (facts?: RunsHead) => (
    <PageHeader
      title={words('title')}
      facts={
        facts ? (
          <span className={css.titleFacts}>
            {words(facts.more ? 'facts.loadedMore' : 'facts.loaded', { n: facts.loaded })} {facts.pill}
          </span>
        ) : undefined
      }
      actions={
        <>
          {project.can.includes('runs:write') ? (
            <Button onClick={() => setDialog('new')}>{words('new.title')}</Button>
          ) : null}
          <Button variant="primary" icon={PlusIcon} onClick={() => setDialog('log')}>
            {words('log.title')}
          </Button>
        </>
      }
      tabs={
        <TabLinks
          label={words('tabs.label')}
          tabs={[
            { label: words('tabs.experiments'), to, search: {}, current: !showsRuns },
            { label: words('tabs.runs'), to, search: { view: 'runs' }, current: showsRuns },
          ]}
        />
      }
    />
  )
  return (
    <PageLayout>
      {showsRuns ? (
        <RunsTable
          project={project.slug}
          experiment={undefined}
          name={words('allRuns')}
          head={(facts) => <div className={css.headGap}>{head(facts)}</div>}
        />
      ) : (
        <>
          <div className={css.headGap}>{head()}</div>
          <ExperimentsTable
            project={project.slug}
            search={one(search, 'search') ?? ''}
            onSearch={(text) => setSearch({ search: text || undefined })}
          />
        </>
      )}
      {dialog === 'log' ? (
        <LogRunDialog project={project.slug} experiment={undefined} onClose={() => setDialog(null)} />
      ) : null}
      {dialog === 'new' ? <NewExperiment project={project.slug} onClose={() => setDialog(null)} /> : null}
    </PageLayout>
  )
}

function ExperimentsTable({
  project,
  search,
  onSearch,
}: {
  project: string
  search: string
  onSearch: (text: string) => void
}) {
  const navigate = useNavigate()
  const list = useInfiniteQuery(experimentsQuery(useApi(), project, search || undefined))
  const { rows } = rowsOf(list.data)
  const to = (experiment: Experiment) => addresses.object(project, 'experiments', String(experiment.number))
  const untouched = search === '' && rows.every((experiment) => experiment.runs === 0)
  return (
    <>
      <div className={css.tools}>
        <SearchInput
          value={search}
          onChange={onSearch}
          placeholder={words('list.search')}
          aria-label={words('list.search')}
          data-filter=""
        />
      </div>
      {list.error ? (
        <PageBody>
          <ProblemNotice problem={problemOf(list.error)} />
        </PageBody>
      ) : null}
      <DataTable
        label={words('list.label')}
        rows={rows}
        rowId={(experiment) => String(experiment.number)}
        rowName={(experiment) => experiment.name}
        onOpen={(experiment) => void navigate({ to: to(experiment) })}
        loading={list.isLoading || list.isFetchingNextPage}
        hasMore={list.hasNextPage}
        onEnd={() => void list.fetchNextPage()}
        empty={
          !list.isSuccess ? undefined : search === '' ? (
            <EmptyState icon={ExperimentIcon} title={words('list.empty')}>
              {words('runs.emptyText')}
            </EmptyState>
          ) : (
            <NoMatch noun={words('list.noun')} filters={1} onClear={() => onSearch('')} />
          )
        }
        columns={[
          {
            id: 'name',
            header: words('list.name'),
            width: 'minmax(200px, 3fr)',
            cell: (experiment) => (
              <Link to={to(experiment)} plain>
                {experiment.name}
              </Link>
            ),
          },
          {
            id: 'runs',
            header: words('list.runs'),
            width: '100px',
            align: 'right',
            cell: (experiment) => format.count(experiment.runs, experiment.runs >= 10_000),
          },
          {
            id: 'used',
            header: words('list.used'),
            width: '140px',
            align: 'right',
            cell: (experiment) => <RelativeTime at={Date.parse(experiment.updatedAt)} />,
          },
          {
            id: 'created',
            header: words('list.created'),
            width: '140px',
            align: 'right',
            cell: (experiment) => <RelativeTime at={Date.parse(experiment.createdAt)} />,
          },
        ]}
        phone={(experiment) => ({
          name: experiment.name,
          facts: <RelativeTime at={Date.parse(experiment.updatedAt)} />,
          value: words('facts', { n: experiment.runs }),
        })}
      />
      {list.isSuccess && untouched ? (
        <div className={css.emptyRuns}>
          <EmptyState title={words('runs.empty')}>{words('runs.emptyText')}</EmptyState>
          <LogRunCode project={project} experiment={undefined} />
        </div>
      ) : null}
    </>
  )
}

function NewExperiment({ project, onClose }: { project: string; onClose: () => void }) {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const create = useMutation({
    mutationFn: (name: string) => api.runs.createExperiment({ params: { project }, body: { name } }),
    onSuccess: (experiment) => {
      void queries.invalidateQueries({ queryKey: ['experiments', project] })
      void navigate({ to: addresses.object(project, 'experiments', String(experiment.number)) })
    },
  })
  return (
    <NameDialog
      title={words('new.title')}
      label={words('new.name')}
      help={words('new.help')}
      action={words('new.action')}
      busyLabel={words('new.busy')}
      busy={create.isPending}
      error={create.error}
      onSubmit={(name) => create.mutate(name)}
      onClose={onClose}
    />
  )
}
