import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { DocumentCollection } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { CodeIcon, PlusIcon } from '../../components/icons.ts'
import { Link } from '../../components/Link.tsx'
import { EmptyState, ProblemNotice } from '../../components/Notice.tsx'
import { PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import type { Column } from '../../components/table.ts'
import { Bytes, RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { format } from '../../lib/format.ts'
import { problemOf } from '../../lib/problem.ts'
import { useProject } from '../../lib/queries.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { collectionAddress } from './addresses.ts'
import { DataTabs } from './DataTabs.tsx'
import css from './Documents.module.css'
import { collectionsQuery } from './documents.queries.ts'
import { NewDocument } from './NewDocument.tsx'
import { words } from './words.ts'

/** `/p/{project}/documents`: the collections, and how much of the quota they take. */
export function CollectionsPage() {
  const project = useProject()
  const navigate = useNavigate()
  const [search, setSearch] = useSearchState()
  const list = useQuery(collectionsQuery(useApi(), project.slug))
  const rows = list.data?.items ?? []
  const mayWrite = list.data?.can.includes('create') ?? false
  const formOpen = search['new'] !== undefined && mayWrite
  const openForm = () => setSearch({ new: '' })
  const to = (collection: DocumentCollection) => collectionAddress(project.slug, collection.name)
  useCrumbs([{ label: project.name, to: addresses.project(project.slug) }, { label: words('title') }])
  const add = (
    <Button icon={PlusIcon} pressed={formOpen} variant={formOpen ? 'outline' : 'primary'} onClick={openForm}>
      {words('new')}
    </Button>
  )
  return (
    <PageLayout
      aside={
        formOpen ? <NewDocument project={project.slug} onClose={() => setSearch({ new: undefined })} /> : undefined
      }
    >
      <PageHeader
        title={words('title')}
        facts={rows.length > 0 ? words('collections.count', { n: rows.length }) : undefined}
        actions={mayWrite && rows.length > 0 ? add : undefined}
        below={words('lead')}
        tabs={<DataTabs project={project.slug} current="documents" />}
      />
      {list.error ? (
        <PageBody>
          <ProblemNotice problem={problemOf(list.error)} />
        </PageBody>
      ) : null}
      <div className={css.list}>
        <DataTable
          label={words('collections.label')}
          rows={rows}
          columns={columns(to)}
          rowId={(collection) => collection.name}
          onOpen={(collection) => void navigate({ to: to(collection) })}
          loading={list.isPending}
          empty={
            list.data ? (
              <EmptyState icon={CodeIcon} title={words('empty.title')} actions={mayWrite ? add : undefined}>
                {words('empty.text')}
              </EmptyState>
            ) : undefined
          }
          phone={(collection) => ({
            name: collection.name,
            facts: <RelativeTime at={Date.parse(collection.updatedAt)} />,
            value: format.count(collection.documents),
          })}
        />
      </div>
      {list.data && rows.length > 0 ? <Quota quota={list.data.quota} /> : null}
    </PageLayout>
  )
}

const columns = (to: (collection: DocumentCollection) => string): readonly Column<DocumentCollection>[] => [
  {
    id: 'name',
    header: words('collections.name'),
    width: 'minmax(180px, 2fr)',
    cell: (collection) => (
      <Link to={to(collection)} plain>
        {collection.name}
      </Link>
    ),
  },
  {
    id: 'documents',
    header: words('collections.documents'),
    width: '110px',
    align: 'right',
    cell: (collection) => format.count(collection.documents),
  },
  {
    id: 'size',
    header: words('collections.size'),
    width: '110px',
    align: 'right',
    cell: (collection) => <Bytes value={collection.sizeBytes} />,
  },
  {
    id: 'changed',
    header: words('collections.changed'),
    width: '130px',
    align: 'right',
    cell: (collection) => <RelativeTime at={Date.parse(collection.updatedAt)} />,
  },
]

function Quota({
  quota,
}: {
  quota: { documents: number; maxDocuments: number; sizeBytes: number; maxSizeBytes: number }
}) {
  return (
    <p className={css.quota}>
      {words('quota.documents', { used: quota.documents, most: quota.maxDocuments })},{' '}
      {words('quota.size', { used: format.bytes(quota.sizeBytes), most: format.bytes(quota.maxSizeBytes) })}
    </p>
  )
}
