import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Workspace } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Segmented } from '../../components/Choice.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { FilterBar } from '../../components/FilterBar.tsx'
import { PlusIcon, WorkspaceIcon } from '../../components/icons.ts'
import { Link } from '../../components/Link.tsx'
import { Person } from '../../components/Marks.tsx'
import { EmptyState, NoMatch, Notice, ProblemNotice } from '../../components/Notice.tsx'
import { PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { StatusMark } from '../../components/Status.tsx'
import type { Column } from '../../components/table.ts'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { parseFilter } from '../../lib/filter.ts'
import { medium, useMedia } from '../../lib/media.ts'
import { parseNumber } from '../../lib/number.ts'
import { rowsOf } from '../../lib/pages.ts'
import { problemOf } from '../../lib/problem.ts'
import { useProject } from '../../lib/queries.ts'
import { one } from '../../lib/search.ts'
import { workloadStatusNames } from '../../lib/status.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { usePaletteEntries } from '../../shell/palette.tsx'
import { OwnWorkspaceButton, useOwnWorkspace } from '../entry/OwnWorkspace.tsx'
import { workloadFilter } from '../workloads/list-filter.ts'
import { NowCell } from '../workloads/NowCell.tsx'
import { runningFacts } from '../workloads/state-facts.tsx'
import { usageOfAllQuery } from '../workloads/usage.queries.ts'
import { UsageFigure, usageColumns } from '../workloads/UsageCells.tsx'
import { SharedWithMe } from '../shared/SharedWithMe.tsx'
import shared from '../workloads/Workloads.module.css'
import { openWorkspace, WorkspaceAction } from './OpenWorkspace.tsx'
import { StartForm } from './StartForm.tsx'
import { words } from './words.ts'
import { optionsQuery, useWorkspaceActions, workspacesQuery } from './workspaces.queries.ts'

/** All workspaces of a project, with the form to start one beside them. */
export function WorkspacesPage() {
  const project = useProject()
  const api = useApi()
  const navigate = useNavigate()
  const [search, setSearch] = useSearchState()
  const filterText = one(search, 'filter') ?? ''
  const filter = workloadFilter(filterText)
  const mine = filter.mine || one(search, 'whose') === 'mine'
  const list = useInfiniteQuery(workspacesQuery(api, project.slug, { ...filter, mine }))
  const options = useQuery(optionsQuery(api, project.slug)).data
  const { start, create } = useWorkspaceActions(project.slug)
  const [starting, setStarting] = useState<string | null>(null)
  const { rows, can } = rowsOf(list.data)
  const own = useOwnWorkspace()
  const formOpen = search['new'] !== undefined
  const states = rows.map(({ state }) => state)
  const usage = useQuery(usageOfAllQuery(api, project.slug, 'workspaces', states)).data
  const tight = useMedia(medium) || formOpen
  const mayCreate = can.includes('create')
  const filtered = filterText !== '' || mine
  const openForm = () => setSearch({ new: '' })

  useCrumbs([{ label: project.name, to: addresses.project(project.slug) }, { label: words('crumb') }])
  usePaletteEntries([
    ...(mayCreate
      ? [{ id: 'workspace-new', group: 'do' as const, label: words('palette.startOne'), icon: PlusIcon, run: openForm }]
      : []),
    ...rows
      .filter((workspace) => workspace.state.status === 'running' && workspace.can.includes('open'))
      .map((workspace) => ({
        id: `workspace-open-${workspace.slug}`,
        group: 'do' as const,
        label: words('palette.openIt', { name: workspace.name }),
        icon: WorkspaceIcon,
        run: () => openWorkspace(workspace),
      })),
  ])

  const goTo = (workspace: Workspace, open: boolean) =>
    void navigate({
      to: addresses.object(project.slug, 'workspaces', workspace.slug),
      search: open ? { open: '1' } : {},
    })
  const startAgain = (workspace: Workspace) => {
    setStarting(workspace.slug)
    start.mutate(workspace.slug, { onSuccess: (started) => goTo(started, true), onSettled: () => setStarting(null) })
  }
  const startDefault = () => create.mutate({}, { onSuccess: (made) => goTo(made, true) })
  const problem = list.error ?? start.error ?? create.error ?? own.open.error

  const columns: Column<Workspace>[] = [
    {
      id: 'name',
      header: words('list.name'),
      width: 'minmax(150px, 1.2fr)',
      cell: (workspace) => (
        <>
          <StatusMark status={workspace.state.status} />
          <span className={shared.two}>
            <Link to={addresses.object(project.slug, 'workspaces', workspace.slug)} plain>
              {workspace.name}
            </Link>
            <small>{workspace.state.image}</small>
          </span>
        </>
      ),
    },
    {
      id: 'by',
      header: words('list.by'),
      width: '96px',
      cell: (workspace) => <Person name={workspace.owner.name} first />,
    },
    {
      id: 'now',
      header: words('list.now'),
      width: 'minmax(150px, 1.4fr)',
      cell: (workspace) => <NowCell state={workspace.state} />,
    },
    ...usageColumns<Workspace>(usage, tight),
    {
      id: 'action',
      header: '',
      name: words('list.actions'),
      width: '100px',
      align: 'right',
      cell: (workspace) => (
        <WorkspaceAction
          workspace={workspace}
          project={project.slug}
          starting={starting === workspace.slug}
          onStart={() => startAgain(workspace)}
        />
      ),
    },
  ]

  const empty = filtered ? (
    <NoMatch
      noun={words('list.noun')}
      filters={parseFilter(filterText).length + (one(search, 'whose') === 'mine' ? 1 : 0)}
      onClear={() => setSearch({ filter: undefined, whose: undefined })}
    />
  ) : (
    <EmptyState
      icon={WorkspaceIcon}
      title={words('empty.title')}
      actions={
        mayCreate ? (
          <>
            <Button
              variant={formOpen ? 'outline' : 'primary'}
              busy={create.isPending}
              busyLabel={words('new.busy')}
              onClick={startDefault}
            >
              {words('empty.start')}
            </Button>
            <Button pressed={formOpen} onClick={openForm}>
              {words('empty.choose')}
            </Button>
          </>
        ) : project.personal ? (
          <OwnWorkspaceButton own={own} label={words('empty.own')} busyLabel={words('new.busy')} variant="primary" />
        ) : undefined
      }
    >
      {words('empty.text')}{' '}
      {mayCreate ? null : words(project.can.includes('workspaces:write') ? 'empty.restricted' : 'empty.viewer')}
    </EmptyState>
  )

  return (
    <PageLayout
      aside={
        formOpen && mayCreate ? (
          <StartForm
            project={project.slug}
            memoryGb={parseNumber(one(search, 'memory') ?? '')}
            onClose={() => setSearch({ new: undefined, memory: undefined })}
            onStarted={(workspace) => goTo(workspace, true)}
          />
        ) : undefined
      }
    >
      <PageHeader
        title={words('title')}
        facts={rows.length > 0 ? runningFacts(words('facts', { n: rows.length }), states) : undefined}
        actions={
          mayCreate && (rows.length > 0 || filtered) ? (
            <Button icon={PlusIcon} pressed={formOpen} variant={formOpen ? 'outline' : 'primary'} onClick={openForm}>
              {words('new.open')}
            </Button>
          ) : undefined
        }
      />
      <div className={shared.tools}>
        <FilterBar
          value={filterText}
          onChange={(value) => setSearch({ filter: value || undefined })}
          example="status:running owner:me"
          fields={[
            { name: 'status', values: workloadStatusNames },
            { name: 'owner', values: ['me'] },
          ]}
        />
        <Segmented
          size="md"
          value={mine ? 'mine' : 'all'}
          onChange={(value) => setSearch({ whose: value === 'mine' ? 'mine' : undefined })}
          aria-label={words('list.whose')}
          options={[
            { value: 'all', label: words('list.all') },
            { value: 'mine', label: words('list.mine') },
          ]}
        />
      </div>
      {problem ? (
        <PageBody>
          <ProblemNotice problem={problemOf(problem)} />
        </PageBody>
      ) : null}
      <DataTable
        label={words('list.label')}
        height="twoLines"
        rows={rows}
        columns={columns}
        rowId={(workspace) => workspace.id}
        rowName={(workspace) => workspace.name}
        onOpen={(workspace) => goTo(workspace, false)}
        loading={list.isLoading}
        hasMore={list.hasNextPage}
        onEnd={() => void list.fetchNextPage()}
        empty={list.isSuccess ? empty : undefined}
        phone={(workspace) => ({
          mark: <StatusMark status={workspace.state.status} />,
          name: workspace.name,
          facts: <NowCell state={workspace.state} />,
          figure: <UsageFigure state={workspace.state} usage={usage?.get(workspace.id)} />,
          value: (
            <WorkspaceAction
              workspace={workspace}
              project={project.slug}
              starting={starting === workspace.slug}
              onStart={() => startAgain(workspace)}
            />
          ),
        })}
      />
      <SharedWithMe />
      {options?.isolation === 'none' && !formOpen && rows.length > 0 ? (
        <PageBody>
          <Notice tone="plain">{options.isolationDetail}</Notice>
        </PageBody>
      ) : null}
    </PageLayout>
  )
}
