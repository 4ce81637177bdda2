import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useDeferredValue, useReducer } from 'react'
import type { Dataset } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { useLater } from '../../components/Gauges.tsx'
import { DataIcon, FileIcon, FolderIcon, TrashIcon, UploadIcon } from '../../components/icons.ts'
import { SearchInput } from '../../components/Input.tsx'
import { EmptyState, ProblemNotice } from '../../components/Notice.tsx'
import { PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { UploadDrop } from '../../components/UploadDrop.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import type { DroppedFile } from '../../lib/dropped-files.ts'
import { format } from '../../lib/format.ts'
import { problemOf } from '../../lib/problem.ts'
import { useProject } from '../../lib/queries.ts'
import { one } from '../../lib/search.ts'
import { nothingSelected, select } from '../../lib/selection.ts'
import type { Sort } from '../../lib/sort.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { usePaletteEntries } from '../../shell/palette.tsx'
import { data } from '../../text/en/data.ts'
import { pageText } from '../../text/t.ts'
import { DataTabs } from '../documents/DataTabs.tsx'
import { datasetColumns } from './columns.tsx'
import css from './Data.module.css'
import { type DatasetSort, datasetsQuery } from './data.queries.ts'
import { DropArea } from './DropArea.tsx'
import { FileButton } from './FileButtons.tsx'
import { planNew } from './plan.ts'
import { UnfinishedUploads, UploadList } from './UploadList.tsx'
import { startUpload, useUploads } from './uploads.ts'
import { useDelete } from './use-delete.ts'

const t = pageText(data)

/** `/p/{project}/data` */
export function DataPage() {
  const project = useProject()
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [search, setSearch] = useSearchState()
  const text = one(search, 'find') ?? ''
  const sort: DatasetSort = one(search, 'sort') === 'name' ? 'name' : '-updated'
  const list = useInfiniteQuery({
    ...datasetsQuery(api, project.slug, useDeferredValue(text), sort),
    placeholderData: keepPreviousData,
  })
  const waiting = useLater(list.isPending)
  const [selection, dispatch] = useReducer(select, nothingSelected)
  const uploads = useUploads(project.slug)
  const remove = useDelete(project.slug)
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  const mayWrite = project.can.includes('files:write')
  const none = list.data !== undefined && rows.length === 0 && text === ''
  const take = (files: readonly DroppedFile[]) => {
    for (const plan of planNew(files)) startUpload({ api, queries }, project.slug, plan)
  }
  useCrumbs([{ label: project.name, to: addresses.project(project.slug) }, { label: t('data.title') }])
  usePaletteEntries(
    mayWrite
      ? [{ id: 'upload', group: 'do', label: t('data.upload'), icon: UploadIcon, run: () => clickUpload() }]
      : [],
  )

  const chosen = rows.filter((row) => selection.chosen.has(row.id))
  const actions = mayWrite ? (
    <>
      <FileButton label={t('data.uploadFolder')} folder onFiles={take} />
      <FileButton label={t('data.upload')} variant="primary" onFiles={take} />
    </>
  ) : undefined
  return (
    <PageLayout>
      <DropArea label={t('data.dropHere', { name: project.name })} onFiles={mayWrite ? take : undefined}>
        <PageHeader
          title={t('data.title')}
          facts={
            rows.length === 0 ? undefined : t(list.hasNextPage ? 'data.countMore' : 'data.count', { n: rows.length })
          }
          actions={none ? undefined : actions}
          tabs={<DataTabs project={project.slug} current="datasets" />}
        />
        <UploadList uploads={uploads.filter(({ status }) => status !== 'done')} />
        {mayWrite ? <UnfinishedUploads project={project.slug} running={uploads} /> : null}
        {list.error ? (
          <PageBody>
            <ProblemNotice problem={problemOf(list.error)} />
          </PageBody>
        ) : none ? (
          <Empty mayWrite={mayWrite} onFiles={take} />
        ) : (
          <>
            <div className={css.listTools}>
              <SearchInput
                className={css.search}
                value={text}
                onChange={(find) => setSearch({ find: find || undefined })}
                placeholder={t('data.find')}
                aria-label={t('data.find')}
                data-filter=""
              />
            </div>
            <DataTable
              label={t('data.title')}
              fill
              rows={rows}
              columns={datasetColumns(project.slug)}
              rowId={(row) => row.id}
              rowName={(row) => row.name}
              onOpen={(row) => void navigate({ to: addresses.object(project.slug, 'data', row.name) })}
              sort={shownSort(sort)}
              onSort={({ by }) => setSearch({ sort: by === 'name' ? 'name' : undefined })}
              selection={selection}
              {...(mayWrite ? { onSelect: dispatch } : {})}
              bulkActions={
                <Button
                  variant="danger"
                  size="sm"
                  icon={TrashIcon}
                  onClick={() => {
                    remove(chosen)
                    dispatch({ do: 'clear' })
                  }}
                >
                  {t('data.delete')}
                </Button>
              }
              loading={waiting || list.isFetchingNextPage}
              hasMore={list.hasNextPage}
              onEnd={() => void list.fetchNextPage()}
              empty={list.data ? <EmptyState title={t('data.noMatch', { text })} /> : undefined}
              phone={phoneRow}
            />
          </>
        )}
      </DropArea>
    </PageLayout>
  )
}

function Empty({ mayWrite, onFiles }: { mayWrite: boolean; onFiles: (files: readonly DroppedFile[]) => void }) {
  if (!mayWrite) {
    return (
      <EmptyState title={t('data.emptyTitle')} icon={DataIcon}>
        {t('data.emptyViewer')}
      </EmptyState>
    )
  }
  return (
    <div className={css.empty}>
      <div className={css.emptyWords}>
        <h2>{t('data.emptyTitle')}</h2>
        <p>{t('data.empty')}</p>
      </div>
      <UploadDrop folders onFiles={onFiles} />
    </div>
  )
}

const shownSort = (sort: DatasetSort): Sort =>
  sort === 'name' ? { by: 'name', direction: 'up' } : { by: 'updated', direction: 'down' }

const phoneRow = (row: Dataset) => ({
  mark: row.folder ? <FolderIcon aria-label={t('data.folder')} /> : <FileIcon aria-label={t('data.file')} />,
  name: row.name,
  facts: row.latest
    ? [`v${row.latest.version}`, ...(row.folder ? [t('data.nFiles', { n: row.latest.entries })] : [])].join(' · ')
    : '',
  value: row.latest ? format.bytes(row.latest.sizeBytes) : undefined,
})

/** The palette does what the button does. */
const clickUpload = () =>
  document.querySelector<HTMLInputElement>(`input[type="file"][aria-label="${t('data.upload')}"]`)?.click()
