import type { RunSummary } from '@mllab/sdk'
import { Link } from '../../components/Link.tsx'
import { Person } from '../../components/Marks.tsx'
import { StatusMark, StatusOfRow } from '../../components/Status.tsx'
import type { Column } from '../../components/table.ts'
import { Duration, MetricValue, RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import css from './Experiments.module.css'
import { bestOf, type ChosenColumn, columnId, metricNumber } from './run-columns.ts'
import { words } from './words.ts'

/** The columns of a table of runs: name, start, person, what was chosen, duration. */
export function runTableColumns(
  project: string,
  runs: readonly RunSummary[],
  chosen: readonly ChosenColumn[],
  { withExperiment, sortedBy }: { withExperiment: boolean; sortedBy: string },
): Column<RunSummary>[] {
  return [
    {
      id: 'name',
      header: words('runs.name'),
      name: words('runs.name'),
      width: 'minmax(220px, 1.6fr)',
      sortable: true,
      cell: (run) => (
        <>
          <StatusMark status={run.status} />
          <Link to={addresses.run(project, run.experiment.number, run.id)} plain className={css.runName}>
            {run.name}
          </Link>
          <StatusOfRow status={run.status} />
        </>
      ),
    },
    ...(withExperiment ? [experimentColumn(project)] : []),
    {
      id: 'started',
      header: words('runs.started'),
      name: words('runs.started'),
      width: '96px',
      align: 'right',
      sortable: true,
      cell: (run) => (run.startedAt === null ? words('common.none') : <RelativeTime at={Date.parse(run.startedAt)} />),
    },
    {
      id: 'by',
      header: words('runs.by'),
      width: '84px',
      cell: (run) => (run.by === null ? words('common.none') : <Person name={run.by.name} first />),
    },
    ...chosen.map((column) => chosenColumn(column, runs, sortedBy)),
    {
      id: 'took',
      header: words('runs.took'),
      width: '80px',
      align: 'right',
      cell: (run) => <Took run={run} />,
    },
  ]
}

function experimentColumn(project: string): Column<RunSummary> {
  return {
    id: 'experiment',
    header: words('runs.experiment'),
    width: 'minmax(120px, 1fr)',
    cell: (run) => (
      <Link to={addresses.object(project, 'experiments', String(run.experiment.number))}>{run.experiment.name}</Link>
    ),
  }
}

function chosenColumn(column: ChosenColumn, runs: readonly RunSummary[], sortedBy: string): Column<RunSummary> {
  const id = columnId(column)
  const { group, key } = column
  const width = `${Math.min(132, Math.max(64, key.length * 7 + (group === 'metrics' ? 24 : 12)))}px`
  if (group === 'metrics') {
    const best = bestOf(key, runs)
    return {
      id,
      header: key,
      name: key,
      width,
      align: 'right',
      sortable: true,
      group: words('runs.metrics'),
      strong: sortedBy === id,
      cell: (run) => {
        const value = metricOf(run, key)
        return <MetricValue value={value} best={value !== undefined && value === best} />
      },
    }
  }
  const numbers = runs.every((run) => {
    const text = valueOf(run, column)
    return text === undefined || Number.isFinite(Number(text))
  })
  return {
    id,
    header: key,
    name: key,
    width,
    ...(numbers ? { align: 'right' as const } : {}),
    group: words(`runs.${group}`),
    cell: (run) => {
      const text = valueOf(run, column)
      return text === undefined ? (
        words('common.none')
      ) : (
        <span data-tip={text.length > 12 ? text : undefined}>{text}</span>
      )
    },
  }
}

export function metricOf(run: RunSummary, key: string): number | undefined {
  const metric = run.metrics.find((one) => one.key === key)
  return metric && metricNumber(metric.value)
}

const valueOf = (run: RunSummary, { group, key }: ChosenColumn) =>
  run[group === 'tags' ? 'tags' : 'params'].find((one) => one.key === key)?.value

/** How long a run took, or has gone on. */
export function Took({ run }: { run: Pick<RunSummary, 'startedAt' | 'endedAt' | 'status'> }) {
  if (run.startedAt === null) return <>{words('common.none')}</>
  const started = Date.parse(run.startedAt)
  if (run.endedAt !== null) return <Duration ms={Date.parse(run.endedAt) - started} />
  return run.status === 'running' ? <Duration since={started} /> : <>{words('common.none')}</>
}
