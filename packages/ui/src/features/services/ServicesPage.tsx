import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Service } from '@mllab/sdk'
import { Button, ButtonLink } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { FilterBar } from '../../components/FilterBar.tsx'
import { PlusIcon, ServiceIcon } from '../../components/icons.ts'
import { Link } from '../../components/Link.tsx'
import { Person, Tag } from '../../components/Marks.tsx'
import { EmptyState, NoMatch, ProblemNotice } from '../../components/Notice.tsx'
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
import { workloadFilter } from '../workloads/list-filter.ts'
import { NowCell } from '../workloads/NowCell.tsx'
import { runningFacts } from '../workloads/state-facts.tsx'
import { usageOfAllQuery } from '../workloads/usage.queries.ts'
import { UsageFigure, usageColumns } from '../workloads/UsageCells.tsx'
import shared from '../workloads/Workloads.module.css'
import { DeployForm } from './DeployForm.tsx'
import { servicesQuery, useServiceActions } from './services.queries.ts'
import { words } from './words.ts'

/** All services of a project, with the form to deploy one beside them. */
export function ServicesPage() {
  const project = useProject()
  const api = useApi()
  const navigate = useNavigate()
  const [search, setSearch] = useSearchState()
  const filterText = one(search, 'filter') ?? ''
  const { search: name, status } = workloadFilter(filterText)
  const list = useInfiniteQuery(servicesQuery(api, project.slug, { search: name, status }))
  const { start } = useServiceActions(project.slug)
  const [starting, setStarting] = useState<string | null>(null)
  const { rows, can } = rowsOf(list.data)
  const mayCreate = can.includes('create')
  const formOpen = search['new'] !== undefined
  const states = rows.map(({ state }) => state)
  const usage = useQuery(usageOfAllQuery(api, project.slug, 'services', states)).data
  const tight = useMedia(medium) || formOpen
  const openForm = () => setSearch({ new: '' })
  useCrumbs([{ label: project.name, to: addresses.project(project.slug) }, { label: words('crumb') }])
  usePaletteEntries(
    mayCreate
      ? [{ id: 'service-new', group: 'do', label: words('palette.deploy'), icon: PlusIcon, run: openForm }]
      : [],
  )

  const goTo = (service: Service) => void navigate({ to: addresses.object(project.slug, 'services', service.slug) })
  const startAgain = (service: Service) => {
    setStarting(service.slug)
    start.mutate(service.slug, { onSuccess: goTo, onSettled: () => setStarting(null) })
  }
  const problem = list.error ?? start.error
  const version = parseNumber(one(search, 'version') ?? '')

  const action = (service: Service) =>
    (service.state.status === 'stopped' || service.state.status === 'failed') && service.can.includes('start') ? (
      <Button
        size="sm"
        busy={starting === service.slug}
        busyLabel={words('starting')}
        onClick={() => startAgain(service)}
      >
        {words('start')}
      </Button>
    ) : null
  const columns: Column<Service>[] = [
    {
      id: 'name',
      header: words('list.name'),
      width: 'minmax(150px, 1.3fr)',
      cell: (service) => (
        <>
          <StatusMark status={service.state.status} />
          <Link to={addresses.object(project.slug, 'services', service.slug)} plain>
            {service.name}
          </Link>
        </>
      ),
    },
    {
      id: 'serves',
      header: words('list.serves'),
      width: 'minmax(150px, 1.2fr)',
      cell: (service) => <Serves service={service} project={project.slug} />,
    },
    {
      id: 'by',
      header: words('list.by'),
      width: '96px',
      cell: (service) =>
        service.createdBy === null ? words('common.none') : <Person name={service.createdBy.name} first />,
    },
    {
      id: 'now',
      header: words('list.now'),
      width: 'minmax(150px, 1.4fr)',
      cell: (service) => <NowCell state={service.state} />,
    },
    ...usageColumns<Service>(usage, tight),
    { id: 'action', header: '', name: words('list.actions'), width: '84px', align: 'right', cell: action },
  ]
  const empty =
    filterText === '' ? (
      <EmptyState
        icon={ServiceIcon}
        title={words('empty.title')}
        actions={
          mayCreate ? (
            <>
              <Button variant={formOpen ? 'outline' : 'primary'} pressed={formOpen} icon={PlusIcon} onClick={openForm}>
                {words('deploy')}
              </Button>
              <ButtonLink to={addresses.section(project.slug, 'models')}>{words('empty.models')}</ButtonLink>
            </>
          ) : undefined
        }
      >
        {words('empty.text')} {mayCreate ? null : words('empty.viewer')}
      </EmptyState>
    ) : (
      <NoMatch
        noun={words('list.noun')}
        filters={parseFilter(filterText).length}
        onClear={() => setSearch({ filter: undefined })}
      />
    )

  return (
    <PageLayout
      aside={
        formOpen && mayCreate ? (
          <DeployForm
            key={`${one(search, 'model') ?? ''} ${version ?? ''}`}
            project={project.slug}
            preset={{
              model: one(search, 'model'),
              version: version ?? undefined,
              memoryGb: parseNumber(one(search, 'memory') ?? ''),
            }}
            onClose={() => setSearch({ new: undefined, model: undefined, version: undefined, memory: undefined })}
            onDeployed={goTo}
          />
        ) : undefined
      }
    >
      <PageHeader
        title={words('title')}
        facts={rows.length > 0 ? runningFacts(words('facts', { n: rows.length }), states) : undefined}
        actions={
          mayCreate && (rows.length > 0 || filterText !== '') ? (
            <Button icon={PlusIcon} pressed={formOpen} variant={formOpen ? 'outline' : 'primary'} onClick={openForm}>
              {words('deploy')}
            </Button>
          ) : undefined
        }
      />
      <div className={shared.tools}>
        <FilterBar
          value={filterText}
          onChange={(value) => setSearch({ filter: value || undefined })}
          example="status:running"
          fields={[{ name: 'status', values: workloadStatusNames }]}
        />
      </div>
      {problem ? (
        <PageBody>
          <ProblemNotice problem={problemOf(problem)} />
        </PageBody>
      ) : null}
      <DataTable
        label={words('list.label')}
        rows={rows}
        columns={columns.filter(({ id }) => !tight || id !== 'by')}
        rowId={(service) => service.id}
        rowName={(service) => service.name}
        onOpen={goTo}
        loading={list.isLoading}
        hasMore={list.hasNextPage}
        onEnd={() => void list.fetchNextPage()}
        empty={list.isSuccess ? empty : undefined}
        phone={(service) => ({
          mark: <StatusMark status={service.state.status} />,
          name: service.name,
          facts: <NowCell state={service.state} />,
          figure: <UsageFigure state={service.state} usage={usage?.get(service.id)} />,
          value: service.model === null ? undefined : <Tag>v{service.model.version}</Tag>,
        })}
      />
    </PageLayout>
  )
}

function Serves({ service, project }: { service: Service; project: string }) {
  if (service.model === null)
    return <code title={service.code?.source}>{service.code?.source ?? service.state.image}</code>
  return (
    <>
      <Link to={addresses.object(project, 'models', service.model.name)}>{service.model.name}</Link>
      <Tag>v{service.model.version}</Tag>
    </>
  )
}
