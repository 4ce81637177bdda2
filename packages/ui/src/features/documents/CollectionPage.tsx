import { useInfiniteQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { Document } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { FilterBar } from '../../components/FilterBar.tsx'
import { CodeIcon, PlusIcon } from '../../components/icons.ts'
import { Person } from '../../components/Marks.tsx'
import { EmptyState, NoMatch, ProblemNotice } from '../../components/Notice.tsx'
import { PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import type { Column } from '../../components/table.ts'
import { RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { parseFilter } from '../../lib/filter.ts'
import { rowsOf } from '../../lib/pages.ts'
import { problemOf } from '../../lib/problem.ts'
import { useProject } from '../../lib/queries.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { collectionsAddress } from './addresses.ts'
import { DocumentAside } from './DocumentAside.tsx'
import css from './Documents.module.css'
import { documentsQuery } from './documents.queries.ts'
import { NewDocument } from './NewDocument.tsx'
import { words } from './words.ts'

/** `/p/{project}/documents/{collection}`: its documents by key, filtered by their fields; one of them beside the list. */
export function CollectionPage() {
  const project = useProject()
  const collection = useParams({ strict: false, select: (params: { collection?: string }) => params.collection ?? '' })
  const [search, setSearch] = useSearchState()
  const filter = one(search, 'filter') ?? ''
  const shownKey = one(search, 'doc')
  const list = useInfiniteQuery(documentsQuery(useApi(), project.slug, collection, filter))
  const { rows, can } = rowsOf(list.data)
  const formOpen = search['new'] !== undefined && can.includes('create')
  const narrowed = formOpen || shownKey !== undefined
  useCrumbs([
    { label: project.name, to: addresses.project(project.slug) },
    { label: words('title'), to: collectionsAddress(project.slug) },
    { label: collection },
  ])
  const empty =
    filter === '' ? (
      <EmptyState icon={CodeIcon} title={words('list.none')}>
        {words('empty.text')}
      </EmptyState>
    ) : (
      <NoMatch
        noun={words('list.noun')}
        filters={parseFilter(filter).length}
        onClear={() => setSearch({ filter: undefined })}
      />
    )
  return (
    <PageLayout
      aside={
        formOpen ? (
          <NewDocument project={project.slug} collection={collection} onClose={() => setSearch({ new: undefined })} />
        ) : shownKey === undefined ? undefined : (
          <DocumentAside
            key={shownKey}
            project={project.slug}
            collection={collection}
            documentKey={shownKey}
            onClose={() => setSearch({ doc: undefined })}
          />
        )
      }
    >
      <PageHeader
        title={collection}
        actions={
          can.includes('create') ? (
            <Button
              icon={PlusIcon}
              pressed={formOpen}
              variant={formOpen ? 'outline' : 'primary'}
              onClick={() => setSearch({ new: '', doc: undefined })}
            >
              {words('new')}
            </Button>
          ) : undefined
        }
      />
      <div className={css.tools}>
        <FilterBar
          value={filter}
          onChange={(value) => setSearch({ filter: value || undefined })}
          example="status:open score >= 0.5"
          fields={[{ name: 'key', hint: words('filter.key') }, ...fieldsOf(rows)]}
        />
      </div>
      {list.error ? (
        <PageBody>
          <ProblemNotice problem={problemOf(list.error)} />
        </PageBody>
      ) : null}
      <DataTable
        label={words('list.label', { collection })}
        fill
        rows={list.error ? [] : rows}
        columns={columns(narrowed)}
        rowId={(document) => document.key}
        onOpen={(document) => setSearch({ doc: document.key, new: undefined })}
        loading={list.isPending || list.isFetchingNextPage}
        hasMore={list.hasNextPage}
        onEnd={() => void list.fetchNextPage()}
        empty={list.isSuccess ? empty : undefined}
        phone={(document) => ({
          name: <code>{document.key}</code>,
          facts: JSON.stringify(document.value),
          value: <RelativeTime at={Date.parse(document.updatedAt)} />,
        })}
      />
    </PageLayout>
  )
}

const mostFields = 20

/** Fields that can be filtered by, as far as the rows that are here tell. */
const fieldsOf = (rows: readonly Document[]) =>
  [...new Set(rows.flatMap(({ value }) => Object.keys(value)))].slice(0, mostFields).map((name) => ({ name }))

const columns = (narrowed: boolean): readonly Column<Document>[] => [
  {
    id: 'key',
    header: words('list.key'),
    width: 'minmax(120px, 1fr)',
    cell: (document) => <code>{document.key}</code>,
  },
  {
    id: 'value',
    header: words('list.value'),
    width: 'minmax(160px, 3fr)',
    cell: (document) => <code className={css.value}>{JSON.stringify(document.value)}</code>,
  },
  ...(narrowed
    ? []
    : [
        {
          id: 'version',
          header: words('list.version'),
          width: '80px',
          align: 'right' as const,
          cell: (document: Document) => document.version,
        },
        {
          id: 'by',
          header: words('list.by'),
          width: '120px',
          cell: (document: Document) =>
            document.updatedBy ? <Person name={document.updatedBy.name} first /> : words('common.none'),
        },
      ]),
  {
    id: 'changed',
    header: words('list.changed'),
    width: '110px',
    align: 'right',
    cell: (document) => <RelativeTime at={Date.parse(document.updatedAt)} />,
  },
]
