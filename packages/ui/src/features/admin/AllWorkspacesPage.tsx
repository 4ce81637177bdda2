import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import type { AdministeredWorkspace } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { useLater } from '../../components/Gauges.tsx'
import { PlusIcon } from '../../components/icons.ts'
import { SearchInput } from '../../components/Input.tsx'
import { Person } from '../../components/Marks.tsx'
import { EmptyState, ProblemNotice } from '../../components/Notice.tsx'
import { PageHeader, PageLayout } from '../../components/Page.tsx'
import { StatusMark } from '../../components/Status.tsx'
import type { Column } from '../../components/table.ts'
import { RelativeTime } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { rowsOf } from '../../lib/pages.ts'
import { problemOf } from '../../lib/problem.ts'
import { useMe } from '../../lib/queries.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { MissingPage } from '../../shell/ErrorPage.tsx'
import { adminWorkspaces } from '../../text/en/admin-workspaces.ts'
import { pageText } from '../../text/t.ts'
import { NowCell } from '../workloads/NowCell.tsx'
import css from './Admin.module.css'
import { HandOutDialog } from './HandOutDialog.tsx'
import { RulesDialog } from './RulesDialog.tsx'
import { allWorkspacesQuery, rulesQuery } from './workspaces.queries.ts'

const t = pageText(adminWorkspaces)

/** `/app/admin/workspaces`; for whoever is no administrator there is nothing at this address. */
export function AllWorkspacesPage() {
  return useMe().admin ? <AllWorkspaces /> : <MissingPage />
}

function AllWorkspaces() {
  const api = useApi()
  const [search, setSearch] = useSearchState()
  const text = one(search, 'find') ?? ''
  const list = useInfiniteQuery({
    ...allWorkspacesQuery(api, useDeferredValue(text)),
    placeholderData: keepPreviousData,
  })
  const rules = useQuery(rulesQuery(api)).data
  const waiting = useLater(list.isPending)
  const [open, setOpen] = useState<'hand-out' | 'rules'>()
  const turn = useTurn()
  const { rows } = rowsOf(list.data)
  useCrumbs([{ label: t('projects.admin') }, { label: t('all.title') }])
  const action = (workspace: AdministeredWorkspace) => (
    <TurnButton
      workspace={workspace}
      mayStart={rules?.handOut ?? false}
      busy={turn.isPending && turn.variables.id === workspace.id}
      onTurn={() => turn.mutate(workspace)}
    />
  )
  const problem = list.error ?? turn.error
  return (
    <PageLayout>
      <PageHeader
        title={t('all.title')}
        facts={rows.length > 0 ? t(list.hasNextPage ? 'all.countMore' : 'all.count', { n: rows.length }) : undefined}
        actions={
          <>
            <Button onClick={() => setOpen('rules')}>{t('rules.open')}</Button>
            <Button
              variant="primary"
              icon={PlusIcon}
              disabledBecause={rules?.handOut === false && t('hand.off')}
              onClick={() => setOpen('hand-out')}
            >
              {t('hand.open')}
            </Button>
          </>
        }
      />
      {problem ? (
        <div className={css.notices}>
          <ProblemNotice problem={problemOf(problem)} />
        </div>
      ) : null}
      <div className={css.tools}>
        <SearchInput
          className={css.search}
          value={text}
          onChange={(find) => setSearch({ find: find || undefined })}
          placeholder={t('all.find')}
          aria-label={t('all.find')}
          data-filter=""
        />
      </div>
      <DataTable
        label={t('all.title')}
        fill
        rows={rows}
        columns={columnsWith(action)}
        rowId={(workspace) => workspace.id}
        rowName={(workspace) => workspace.name}
        loading={waiting || list.isFetchingNextPage}
        hasMore={list.hasNextPage}
        onEnd={() => void list.fetchNextPage()}
        empty={list.data ? <EmptyState title={text === '' ? t('all.none') : t('all.noMatch', { text })} /> : undefined}
        phone={(workspace) => ({
          mark: <StatusMark status={workspace.state.status} />,
          name: `${workspace.name} · ${workspace.owner.name}`,
          facts: <NowCell state={workspace.state} />,
          value: action(workspace),
        })}
      />
      {open === 'hand-out' ? <HandOutDialog onClose={() => setOpen(undefined)} /> : null}
      {open === 'rules' && rules ? <RulesDialog rules={rules} onClose={() => setOpen(undefined)} /> : null}
    </PageLayout>
  )
}

function columnsWith(
  action: (workspace: AdministeredWorkspace) => React.ReactNode,
): readonly Column<AdministeredWorkspace>[] {
  return [
    {
      id: 'name',
      header: t('all.name'),
      width: 'minmax(140px, 1fr)',
      cell: ({ name, state }) => (
        <span className={css.person}>
          <StatusMark status={state.status} label={false} />
          {name}
        </span>
      ),
    },
    {
      id: 'owner',
      header: t('all.owner'),
      width: 'minmax(120px, 1fr)',
      cell: ({ owner }) => <Person name={owner.name} />,
    },
    {
      id: 'project',
      header: t('all.project'),
      width: 'minmax(100px, 1fr)',
      cell: ({ project }) => <code>{project}</code>,
    },
    { id: 'now', header: t('all.now'), width: 'minmax(160px, 1.4fr)', cell: ({ state }) => <NowCell state={state} /> },
    {
      id: 'made',
      header: t('all.made'),
      width: '110px',
      align: 'right',
      cell: ({ createdAt }) => <RelativeTime at={Date.parse(createdAt)} />,
    },
    { id: 'action', header: '', name: t('nav.more'), width: '120px', align: 'right', cell: action },
  ]
}

interface TurnButtonProps {
  workspace: AdministeredWorkspace
  mayStart: boolean
  busy: boolean
  onTurn: () => void
}

function TurnButton({ workspace, mayStart, busy, onTurn }: TurnButtonProps) {
  const starts = workspace.can.includes('start')
  if (workspace.can.length === 0 || (starts && !mayStart)) return null
  return (
    <Button
      size="sm"
      busy={busy}
      busyLabel={t(starts ? 'all.starting' : 'all.stopping')}
      aria-label={`${t(starts ? 'all.start' : 'all.stop')} ${workspace.name} · ${workspace.owner.name}`}
      onClick={onTurn}
    >
      {t(starts ? 'all.start' : 'all.stop')}
    </Button>
  )
}

/** Starts what rests and stops what runs. */
function useTurn() {
  const api = useApi()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, can }: AdministeredWorkspace) =>
      can.includes('start')
        ? api.workspaceAdministration.start({ params: { id } })
        : api.workspaceAdministration.stop({ params: { id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['all-workspaces'] }),
  })
}
