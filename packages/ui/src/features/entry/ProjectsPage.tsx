import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useDeferredValue } from 'react'
import type { Project } from '@mllab/sdk'
import { ButtonLink } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { useLater } from '../../components/Gauges.tsx'
import { GroupIcon, PlusIcon } from '../../components/icons.ts'
import { SearchInput } from '../../components/Input.tsx'
import { Link } from '../../components/Link.tsx'
import { Badge, Person } from '../../components/Marks.tsx'
import { EmptyState, Notice, ProblemNotice } from '../../components/Notice.tsx'
import { PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import type { Column } from '../../components/table.ts'
import { RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { useMe } from '../../lib/queries.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { entry } from '../../text/en/entry.ts'
import { pageText } from '../../text/t.ts'
import css from './Entry.module.css'
import { OwnWorkspaceButton, useOwnWorkspace } from './OwnWorkspace.tsx'

const t = pageText(entry)

/** `/app/projects`: every project one is a member of. */
export function ProjectsPage() {
  const me = useMe()
  const navigate = useNavigate()
  const [search, setSearch] = useSearchState()
  const text = one(search, 'find') ?? ''
  const list = useProjects(useDeferredValue(text))
  const waiting = useLater(list.isPending)
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  useCrumbs([{ label: t('projects.title') }])

  const own = useOwnWorkspace()
  const mine = <OwnWorkspaceButton own={own} label={t('projects.ownWorkspace')} busyLabel={t('projects.ownOpening')} />
  const create = (
    <ButtonLink variant="primary" icon={PlusIcon} to={addresses.createProject}>
      {t('projects.create')}
    </ButtonLink>
  )
  const none = !list.isPending && rows.length === 0 && text === ''
  return (
    <PageLayout>
      <PageHeader
        title={t('projects.title')}
        actions={
          none ? undefined : (
            <>
              {mine}
              {create}
            </>
          )
        }
      />
      {me.status === 'pending' ? (
        <PageBody>
          <Notice tone="plain">{t('projects.pending')}</Notice>
        </PageBody>
      ) : null}
      {own.open.error ? (
        <PageBody>
          <ProblemNotice problem={problemOf(own.open.error)} />
        </PageBody>
      ) : null}
      {list.error ? (
        <PageBody>
          <ProblemNotice problem={problemOf(list.error)} />
        </PageBody>
      ) : none ? (
        <PageBody>
          <EmptyState
            title={t('projects.emptyTitle')}
            icon={GroupIcon}
            actions={
              <>
                {create}
                {mine}
              </>
            }
          >
            {t('projects.empty')}
          </EmptyState>
        </PageBody>
      ) : (
        <>
          <div className={css.tools}>
            <SearchInput
              className={css.search}
              value={text}
              onChange={(find) => setSearch({ find: find || undefined })}
              placeholder={t('projects.search')}
              aria-label={t('projects.search')}
              data-filter=""
            />
          </div>
          <DataTable
            label={t('projects.title')}
            fill
            height="twoLines"
            rows={rows}
            columns={columns}
            rowId={(project) => project.id}
            rowName={(project) => project.name}
            loading={waiting}
            hasMore={list.hasNextPage}
            onEnd={() => void list.fetchNextPage()}
            onOpen={(project) => void navigate({ to: addresses.project(project.slug) })}
            empty={list.isPending ? undefined : <p>{t('projects.noMatch', { text })}</p>}
            phone={(project) => ({ name: project.name, facts: project.description || project.slug, value: t(`role.${project.role}`) })} // prettier-ignore
          />
        </>
      )}
    </PageLayout>
  )
}

function useProjects(search: string) {
  const api = useApi()
  return useInfiniteQuery({
    queryKey: ['projects', 'list', search],
    queryFn: ({ pageParam, signal }) =>
      api.projects.list(
        { query: { limit: 100, ...(search ? { search } : {}), ...(pageParam ? { cursor: pageParam } : {}) } },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    meta: { live: ['project', 'account'] },
  })
}

const columns: readonly Column<Project>[] = [
  {
    id: 'name',
    header: t('projects.name'),
    width: 'minmax(200px, 3fr)',
    cell: (project) => (
      <span className={css.two}>
        <span>
          <Link to={addresses.project(project.slug)} plain>
            {project.name}
          </Link>{' '}
          {project.personal ? <Badge>{t('projects.personal')}</Badge> : null}
        </span>
        <small>{project.description || project.slug}</small>
      </span>
    ),
  },
  { id: 'role', header: t('projects.role'), width: '110px', cell: (project) => t(`role.${project.role}`) },
  {
    id: 'by',
    header: t('projects.by'),
    width: 'minmax(120px, 1fr)',
    cell: (project) => <Person name={project.createdBy.name} />,
  },
  {
    id: 'created',
    header: t('projects.created'),
    width: '110px',
    align: 'right',
    cell: (project) => <RelativeTime at={Date.parse(project.createdAt)} />,
  },
]
