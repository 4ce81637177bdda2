import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useDeferredValue } from 'react'
import type { FileEntry } from '@mllab/sdk'
import { DataTable } from '../../components/DataTable.tsx'
import { useLater } from '../../components/Gauges.tsx'
import { DownloadIcon, FileIcon } from '../../components/icons.ts'
import { SearchInput } from '../../components/Input.tsx'
import { EmptyState, ProblemNotice } from '../../components/Notice.tsx'
import { PageBody } from '../../components/Page.tsx'
import type { Column } from '../../components/table.ts'
import { Bytes, CopyId } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { format } from '../../lib/format.ts'
import { problemOf } from '../../lib/problem.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { data } from '../../text/en/data.ts'
import { pageText } from '../../text/t.ts'
import { fileHref } from './addresses.ts'
import css from './Data.module.css'
import { entriesQuery } from './data.queries.ts'

const t = pageText(data)

/** What a version of a folder holds, by path; only rows in view are there, however many there are. */
export function Entries({ project, name, version }: { project: string; name: string; version: number }) {
  const [search, setSearch] = useSearchState()
  const prefix = one(search, 'below') ?? ''
  const list = useInfiniteQuery({
    ...entriesQuery(useApi(), project, name, version, useDeferredValue(prefix)),
    placeholderData: keepPreviousData,
  })
  const waiting = useLater(list.isPending)
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  const href = (entry: FileEntry) => fileHref(project, name, entry.path, version)
  if (list.error) {
    return (
      <PageBody>
        <ProblemNotice problem={problemOf(list.error)} />
      </PageBody>
    )
  }
  return (
    <>
      <div className={css.tools}>
        <SearchInput
          className={css.search}
          value={prefix}
          onChange={(below) => setSearch({ below: below || undefined })}
          placeholder={t('data.below')}
          aria-label={t('data.belowLabel')}
          data-filter=""
        />
      </div>
      <DataTable
        label={t('data.files')}
        fill
        rows={rows}
        columns={columns(href)}
        rowId={(entry) => entry.path}
        loading={waiting || list.isFetchingNextPage}
        hasMore={list.hasNextPage}
        onEnd={() => void list.fetchNextPage()}
        empty={list.data ? <EmptyState title={t('data.noneBelow', { prefix })} /> : undefined}
        phone={(entry) => ({
          mark: <FileIcon aria-hidden />,
          name: (
            <a href={href(entry)} download data-plain="">
              {entry.path.split('/').at(-1)}
            </a>
          ),
          facts: entry.path.includes('/') ? entry.path.slice(0, entry.path.lastIndexOf('/')) : undefined,
          value: format.bytes(entry.sizeBytes),
        })}
      />
    </>
  )
}

const columns = (href: (entry: FileEntry) => string): readonly Column<FileEntry>[] => [
  {
    id: 'path',
    header: t('data.path'),
    width: 'minmax(200px, 3fr)',
    cell: (entry) => (
      <span className={css.name}>
        <FileIcon aria-hidden />
        <span data-tip={entry.path.length > 60 ? entry.path : undefined}>{entry.path}</span>
      </span>
    ),
  },
  {
    id: 'size',
    header: t('data.size'),
    width: '100px',
    align: 'right',
    cell: (entry) => <Bytes value={entry.sizeBytes} />,
  },
  { id: 'sha256', header: t('data.sha256'), width: '120px', cell: (entry) => <CopyId value={entry.sha256} /> },
  {
    id: 'download',
    header: '',
    name: t('data.download'),
    width: '48px',
    align: 'right',
    cell: (entry) => (
      <a
        href={href(entry)}
        download
        className={css.rowLink}
        aria-label={t('data.downloadNamed', { name: entry.path })}
        data-tip={t('data.download')}
      >
        <DownloadIcon aria-hidden />
      </a>
    ),
  },
]
