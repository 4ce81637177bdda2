import type { ModelVersion } from '@mllab/sdk'
import { DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Page.tsx'
import { StatusText } from '../../components/Status.tsx'
import { MetricValue } from '../../components/Values.tsx'
import { format } from '../../lib/format.ts'
import { compareVersions } from './compare.ts'
import { words } from './words.ts'

/** What two versions measured, and which way it went. */
export function CompareVersions({ before, after }: { before: ModelVersion; after: ModelVersion }) {
  const rows = compareVersions(before, after)
  return (
    <Section title={words('compare.title')} facts={`v${before.version} – v${after.version}`}>
      {rows.length === 0 ? (
        <p>{words('compare.none')}</p>
      ) : (
        <DataTable
          inset
          label={words('compare.title')}
          rows={rows}
          rowId={(row) => row.key}
          columns={[
            { id: 'metric', header: words('compare.metric'), width: 'minmax(120px, 2fr)', cell: (row) => row.key },
            {
              id: 'before',
              header: `v${before.version}`,
              width: '96px',
              align: 'right',
              cell: (row) => <MetricValue value={row.before} />,
            },
            {
              id: 'after',
              header: `v${after.version}`,
              width: '96px',
              align: 'right',
              cell: (row) => <MetricValue value={row.after} />,
            },
            {
              id: 'change',
              header: words('compare.change'),
              width: '150px',
              align: 'right',
              cell: (row) => (
                <>
                  <b>{`${row.change > 0 ? '+' : ''}${format.metric(row.change)}`}</b>
                  {row.better === null ? null : row.better ? (
                    <StatusText status="running">{words('compare.better')}</StatusText>
                  ) : (
                    <StatusText status="unhealthy">{words('compare.worse')}</StatusText>
                  )}
                </>
              ),
            },
          ]}
        />
      )}
    </Section>
  )
}
