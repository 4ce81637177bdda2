import { useReducer, useState } from 'react'
import { Button, IconButton } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import type { Column } from '../../components/table.ts'
import { FilterBar } from '../../components/FilterBar.tsx'
import {
  ChartIcon,
  ColumnsIcon,
  CsvIcon,
  DownloadIcon,
  GroupIcon,
  ModelIcon,
  PlusIcon,
  TagIcon,
  TrashIcon,
} from '../../components/icons.ts'
import { Link } from '../../components/Link.tsx'
import { Badge, NewPill, Person, SeriesMark } from '../../components/Marks.tsx'
import { PageHeader, PageLayout } from '../../components/Page.tsx'
import { Sparkline } from '../../components/Sparkline.tsx'
import { StatusMark, StatusOfRow, StatusText } from '../../components/Status.tsx'
import { Duration, MetricValue, RelativeTime } from '../../components/Values.tsx'
import { nothingSelected, select } from '../../lib/selection.ts'
import { assignSlots, seriesStyle } from '../../lib/series.ts'
import { runs, type SampleRun } from '../samples.ts'
import css from '../Views.module.css'
import { SampleShell } from './SampleShell.tsx'

const runColumns = (slots: ReadonlyMap<string, number>): Column<SampleRun>[] => [
  {
    id: 'name',
    header: 'Name',
    name: 'name',
    width: 'minmax(190px, 1.6fr)',
    sortable: true,
    cell: (run) => (
      <>
        <StatusMark status={run.status} />
        <Link to={`/p/churn/experiments/${run.id}`} plain>
          {run.name}
        </Link>
        {run.status === 'failed' ? null : <StatusOfRow status={run.status} />}
        {slots.has(run.id) ? (
          <span className={css.endMark}>
            <SeriesMark color={seriesStyle(slots.get(run.id) ?? 0).color} />
          </span>
        ) : null}
      </>
    ),
  },
  {
    id: 'started',
    header: 'Started',
    width: '92px',
    align: 'right',
    sortable: true,
    cell: (run) => <RelativeTime at={run.startedAt} />,
  },
  { id: 'by', header: 'By', width: '84px', cell: (run) => <Person name={run.by} first /> },
  {
    id: 'auc',
    header: 'val_auc',
    width: '64px',
    align: 'right',
    sortable: true,
    strong: true,
    group: 'Metrics',
    cell: (run) => <MetricValue value={run.auc} best={run.id === 'run-1'} />,
  },
  {
    id: 'loss',
    header: 'val_logloss',
    width: '144px',
    group: 'Metrics',
    cell: (run) =>
      run.reason === undefined ? (
        <>
          <Sparkline
            name="val_logloss"
            values={run.loss}
            live={run.status === 'running'}
            color={
              run.status === 'running'
                ? 'var(--st-running-mark)'
                : slots.has(run.id)
                  ? seriesStyle(slots.get(run.id) ?? 0).color
                  : undefined
            }
          />
          <MetricValue value={run.loss.at(-1)} />
        </>
      ) : (
        <StatusText status="failed">{run.reason}</StatusText>
      ),
  },
  { id: 'depth', header: 'max_depth', width: '76px', align: 'right', group: 'Parameters', cell: (run) => run.depth },
  { id: 'eta', header: 'eta', width: '48px', align: 'right', group: 'Parameters', cell: (run) => run.eta.toFixed(2) },
  {
    id: 'subsample',
    header: 'subsample',
    width: '76px',
    align: 'right',
    group: 'Parameters',
    cell: (run) => run.subsample.toFixed(1),
  },
  { id: 'trees', header: 'trees', width: '52px', align: 'right', group: 'Parameters', cell: (run) => run.trees },
  { id: 'data', header: 'customers', width: '76px', cell: (run) => run.data },
  { id: 'took', header: 'Took', width: '76px', align: 'right', cell: (run) => <Duration ms={run.tookMs} /> },
]

const chosenRuns = ['run-1', 'run-4', 'run-7', 'run-11', 'run-16']

export function ExperimentsView() {
  const [selection, dispatch] = useReducer(select, { ...nothingSelected, chosen: new Set(chosenRuns) })
  const [filter, setFilter] = useState('started:"last 7 days" tags.sweep:14 params.max_depth:4..10')
  const slots = assignSlots(new Map(), [...selection.chosen])
  return (
    <SampleShell current="Experiments" crumbs={['Churn', 'Experiments', 'churn-xgb']}>
      <PageLayout>
        <PageHeader
          title="churn-xgb"
          facts={
            <>
              1,284 runs · 118 match <NewPill onClick={() => undefined}>3 new runs</NewPill>
            </>
          }
          actions={
            <>
              <Button icon={ChartIcon}>Show charts</Button>
              <Button variant="primary" icon={PlusIcon}>
                Log a run
              </Button>
            </>
          }
        />
        <div className={css.tools}>
          <FilterBar
            value={filter}
            onChange={setFilter}
            example="params.eta < 0.1"
            fields={[{ name: 'status', values: ['running', 'failed'] }]}
          />
          <span className={css.wideOnly}>
            <Button icon={GroupIcon}>Group</Button>
            <Button icon={ColumnsIcon}>
              Columns <Badge>9</Badge>
            </Button>
            <IconButton icon={DownloadIcon} outline size="md" label="Download CSV" />
          </span>
        </div>
        <DataTable
          fill
          label="Runs of churn-xgb"
          rows={runs}
          columns={runColumns(slots)}
          rowId={(run) => run.id}
          rowName={(run) => run.name}
          total={118}
          sort={{ by: 'started', direction: 'down' }}
          onSort={() => undefined}
          selection={selection}
          onSelect={dispatch}
          bulkActions={
            <>
              <Button variant="primary" size="sm" icon={ChartIcon} keys="C">
                Compare
              </Button>
              <span className={css.wideOnly}>
                <Button size="sm" icon={ModelIcon}>
                  Register model
                </Button>
                <Button size="sm" icon={TagIcon}>
                  Tag
                </Button>
                <Button size="sm" icon={CsvIcon}>
                  CSV
                </Button>
                <Button size="sm" variant="danger" icon={TrashIcon}>
                  Delete
                </Button>
              </span>
            </>
          }
          phone={(run) => ({
            mark: <StatusMark status={run.status} />,
            name: (
              <>
                {run.name}
                {slots.has(run.id) ? <SeriesMark color={seriesStyle(slots.get(run.id) ?? 0).color} /> : null}
              </>
            ),
            facts: (
              <>
                depth {run.depth} · eta {run.eta} · <RelativeTime at={run.startedAt} />
              </>
            ),
            figure:
              run.reason === undefined ? (
                <Sparkline
                  width={48}
                  name="val_logloss"
                  values={run.loss}
                  color={slots.has(run.id) ? seriesStyle(slots.get(run.id) ?? 0).color : undefined}
                />
              ) : null,
            value:
              run.reason === undefined ? (
                <MetricValue value={run.auc} best={run.id === 'run-1'} />
              ) : (
                <StatusText status="failed" />
              ),
          })}
        />
      </PageLayout>
    </SampleShell>
  )
}
