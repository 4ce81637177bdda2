import type { Dataset } from '@mllab/sdk'
import { FileIcon, FolderIcon } from '../../components/icons.ts'
import { Link } from '../../components/Link.tsx'
import { Person, Tag } from '../../components/Marks.tsx'
import type { Column } from '../../components/table.ts'
import { Bytes, RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { format } from '../../lib/format.ts'
import { data } from '../../text/en/data.ts'
import { pageText } from '../../text/t.ts'
import css from './Data.module.css'

const t = pageText(data)

export function datasetColumns(project: string): readonly Column<Dataset>[] {
  return [
    {
      id: 'name',
      header: t('data.name'),
      name: t('data.name'),
      width: 'minmax(200px, 3fr)',
      sortable: true,
      cell: (row) => (
        <span className={css.name}>
          {row.folder ? <FolderIcon aria-label={t('data.folder')} /> : <FileIcon aria-label={t('data.file')} />}
          <Link plain to={addresses.object(project, 'data', row.name)}>
            {row.name}
          </Link>
        </span>
      ),
    },
    {
      id: 'version',
      header: t('data.version'),
      width: '84px',
      cell: (row) => (row.latest ? <Tag>v{row.latest.version}</Tag> : null),
    },
    {
      id: 'files',
      header: t('data.files'),
      width: '84px',
      align: 'right',
      cell: (row) => (row.latest ? format.number(row.latest.entries) : null),
    },
    {
      id: 'size',
      header: t('data.size'),
      width: '100px',
      align: 'right',
      cell: (row) => (row.latest ? <Bytes value={row.latest.sizeBytes} /> : null),
    },
    {
      id: 'by',
      header: t('data.by'),
      width: 'minmax(120px, 1fr)',
      cell: (row) => (row.latest?.createdBy ? <Person name={row.latest.createdBy.name} /> : null),
    },
    {
      id: 'updated',
      header: t('data.updated'),
      name: t('data.updated'),
      width: '120px',
      align: 'right',
      sortable: true,
      cell: (row) => <RelativeTime at={Date.parse(row.updatedAt)} />,
    },
  ]
}
