import { useQuery } from '@tanstack/react-query'
import type { UsageHistory } from '@mllab/sdk'
import { LineChart } from '../../components/LineChart.tsx'
import { ChartGrid } from '../../components/Page.tsx'
import { curveWithGaps } from '../../lib/curve.ts'
import { format } from '../../lib/format.ts'
import { seriesStyle } from '../../lib/series.ts'
import { usageQuery } from './usage.queries.ts'
import { coresText } from './UsageCells.tsx'
import { words } from './words.ts'

/** CPU and memory of one that runs, over the last half hour. */
export function UsageCharts({
  project,
  id,
  read,
}: {
  project: string
  id: string
  read: (signal: AbortSignal) => Promise<UsageHistory>
}) {
  const usage = useQuery(usageQuery(project, id, read)).data
  const chart = (title: string, points: UsageHistory['cpu'], top: number, yFormat: (value: number) => string) => (
    <LineChart
      title={title}
      facts={words('usage.lately')}
      series={[
        { id: title, name: title, curve: curveWithGaps(points, usage?.stepMs ?? 0), style: seriesStyle(0), area: true },
      ]}
      xName={words('usage.time')}
      time
      yRange={[0, top]}
      height={140}
      syncKey={`usage ${id}`}
      yFormat={yFormat}
    />
  )
  return (
    <ChartGrid>
      {chart(words('usage.cpu'), usage?.cpu ?? [], 1, coresText)}
      {chart(words('fact.memory'), usage?.memoryBytes ?? [], 0, format.bytes)}
    </ChartGrid>
  )
}
