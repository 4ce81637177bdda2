import type { Run } from '@mllab/sdk'
import { DataTable } from '../../components/DataTable.tsx'
import { SearchInput } from '../../components/Input.tsx'
import { EmptyState } from '../../components/Notice.tsx'
import { MetricValue, RelativeTime } from '../../components/Values.tsx'
import { format } from '../../lib/format.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { metricNumber } from '../experiments/run-columns.ts'
import css from './Run.module.css'
import { words } from './words.ts'

/** Every metric with its last value. */
export function MetricsTable({ run }: { run: Run }) {
  const [search, setSearch] = useSearchState()
  const wanted = (one(search, 'search') ?? '').toLowerCase()
  const rows = run.metrics.filter(({ key }) => key.toLowerCase().includes(wanted))
  return (
    <>
      <div className={css.tools}>
        <SearchInput
          value={one(search, 'search') ?? ''}
          onChange={(text) => setSearch({ search: text || undefined })}
          placeholder={words('metrics.find')}
          aria-label={words('metrics.find')}
        />
      </div>
      <DataTable
        inset
        label={words('metrics.label')}
        rows={rows}
        rowId={(metric) => metric.key}
        empty={<EmptyState title={words('charts.none')}>{words('charts.noneText')}</EmptyState>}
        columns={[
          { id: 'name', header: words('metrics.name'), width: 'minmax(160px, 2fr)', cell: (metric) => metric.key },
          {
            id: 'last',
            header: words('metrics.last'),
            width: '120px',
            align: 'right',
            cell: (metric) => <MetricValue value={metricNumber(metric.value)} />,
          },
          {
            id: 'step',
            header: words('metrics.step'),
            width: '100px',
            align: 'right',
            cell: (metric) => format.number(metric.step),
          },
          {
            id: 'at',
            header: words('metrics.at'),
            width: '120px',
            align: 'right',
            cell: (metric) => <RelativeTime at={Date.parse(metric.at)} />,
          },
        ]}
        phone={(metric) => ({
          name: metric.key,
          facts: <RelativeTime at={Date.parse(metric.at)} />,
          value: <MetricValue value={metricNumber(metric.value)} />,
        })}
      />
    </>
  )
}
