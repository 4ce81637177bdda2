import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Run } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Slider, Switch } from '../../components/Choice.tsx'
import { Skeleton, useLater } from '../../components/Gauges.tsx'
import { LineChart } from '../../components/LineChart.tsx'
import { EmptyState, ProblemNotice } from '../../components/Notice.tsx'
import { ChartGrid, Section } from '../../components/Page.tsx'
import { MetricValue } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { phone, useMedia } from '../../lib/media.ts'
import { problemOf } from '../../lib/problem.ts'
import { one } from '../../lib/search.ts'
import { seriesStyle } from '../../lib/series.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { metricNumber } from '../experiments/run-columns.ts'
import { chartGroups } from './chart-groups.ts'
import css from './Run.module.css'
import { curvesQuery } from './run.queries.ts'
import { words } from './words.ts'

const keysAtOnce = 20
/** May be cut; the whole is its tip then. */
const longName = 24

/** The curves of a run, live while it goes on; below them the metrics with one value. */
export function Charts({ run, project }: { run: Run; project: string }) {
  const [search, setSearch] = useSearchState()
  const [shown, setShown] = useState(keysAtOnce)
  const [range, setRange] = useState<readonly [number, number] | null>(null)
  const small = useMedia(phone)
  const live = run.status === 'running'
  const keys = run.metrics.map(({ key }) => key).slice(0, Math.min(shown, 50))
  const curves = useQuery(curvesQuery(useApi(), project, run.id, keys, live))
  const late = useLater(curves.isLoading)
  const smoothing = Number(one(search, 'smoothing') ?? 0)
  const log = search['log'] !== undefined

  if (run.metrics.length === 0) return <EmptyState title={words('charts.none')}>{words('charts.noneText')}</EmptyState>
  const groups = chartGroups(curves.data?.curves ?? [])
  const alone = new Set(curves.data?.curves.filter((curve) => curve.points === 1).map((curve) => curve.key))
  const values = run.metrics.filter(({ key }) => alone.has(key))
  const rest = Math.min(run.metrics.length, 50) - keys.length
  return (
    <>
      {curves.error ? <ProblemNotice problem={problemOf(curves.error)} /> : null}
      {groups.length > 0 || late ? (
        <Section
          title={words('charts.title')}
          end={
            <span className={css.chartTools}>
              <Switch
                label={words('charts.log')}
                checked={log}
                onChange={(on) => setSearch({ log: on ? '' : undefined })}
              />
              <label className={css.smoothing}>
                {words('charts.smoothing')}
                <Slider
                  min={0}
                  max={0.95}
                  step={0.05}
                  value={smoothing}
                  onChange={(value) => setSearch({ smoothing: value === 0 ? undefined : String(value) })}
                />
              </label>
            </span>
          }
        >
          <ChartGrid>
            {groups.length === 0 && late
              ? keys.slice(0, 4).map((key) => <Skeleton key={key} height={small ? 190 : 228} />)
              : groups.map((group) => (
                  <LineChart
                    key={group.title}
                    title={group.title}
                    xName={words('charts.step')}
                    syncKey={`run ${run.id}`}
                    smoothing={smoothing}
                    log={log}
                    height={small ? 150 : 200}
                    range={range}
                    onRange={setRange}
                    series={group.lines.map((line, index) => ({
                      id: line.key,
                      name: line.name,
                      style: seriesStyle(index),
                      curve: line.curve,
                      live,
                    }))}
                  />
                ))}
          </ChartGrid>
        </Section>
      ) : null}
      {values.length > 0 ? (
        <Section title={words('values.title')} count={values.length}>
          <dl className={css.values}>
            {values.map(({ key, value }) => (
              <div key={key}>
                <dt data-tip={key.length > longName ? key : undefined}>{key}</dt>
                <dd>
                  <MetricValue value={metricNumber(value)} />
                </dd>
              </div>
            ))}
          </dl>
        </Section>
      ) : null}
      {rest > 0 ? (
        <div>
          <Button onClick={() => setShown(shown + keysAtOnce)}>{words('charts.more', { n: rest })}</Button>
        </div>
      ) : null}
    </>
  )
}
