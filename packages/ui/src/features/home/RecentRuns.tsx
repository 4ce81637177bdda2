import { useNavigate } from '@tanstack/react-router'
import type { RunSummary } from '@mllab/sdk'
import { DataTable } from '../../components/DataTable.tsx'
import { useLater } from '../../components/Gauges.tsx'
import { Link } from '../../components/Link.tsx'
import { Person } from '../../components/Marks.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { StatusMark, StatusOfRow } from '../../components/Status.tsx'
import type { Column } from '../../components/table.ts'
import { Duration, MetricValue, RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { tight, useMedia } from '../../lib/media.ts'
import { problemOf } from '../../lib/problem.ts'
import { home } from '../../text/en/home.ts'
import { pageText } from '../../text/t.ts'
import css from './Home.module.css'
import { commonMetrics, metricOf } from './run-metrics.ts'

const t = pageText(home)

interface RecentRunsProps {
  project: string
  runs: readonly RunSummary[] | undefined
  error: unknown
  total: number
}

export function RecentRuns({ project, runs, error, total }: RecentRunsProps) {
  const navigate = useNavigate()
  const waiting = useLater(runs === undefined)
  const isTight = useMedia(tight)
  const metrics = commonMetrics(runs ?? [], isTight ? 1 : 2)
  const to = (run: RunSummary) => addresses.run(project, run.experiment.number, run.id)
  return (
    <Section
      title={t('home.recentRuns')}
      end={
        total > 0 ? (
          <Link to={addresses.section(project, 'experiments')} search={{ view: 'runs' }}>
            {t('home.allRuns', { n: total })}
          </Link>
        ) : undefined
      }
    >
      {error ? (
        <ProblemNotice problem={problemOf(error)} />
      ) : runs?.length === 0 ? (
        <p className={css.nothing}>{t('home.noRuns')}</p>
      ) : (
        <DataTable
          label={t('home.recentRuns')}
          inset
          rows={runs ?? []}
          columns={columns(metrics, to).filter(({ id }) => !isTight || id !== 'by')}
          rowId={(run) => run.id}
          rowName={(run) => run.name}
          onOpen={(run) => void navigate({ to: to(run) })}
          loading={waiting}
          phone={(run) => ({
            mark: <StatusMark status={run.status} />,
            name: run.name,
            facts: run.experiment.name,
            value: metrics[0] === undefined ? undefined : <MetricValue value={metricOf(run, metrics[0])} />,
          })}
        />
      )}
    </Section>
  )
}

function columns(metrics: readonly string[], to: (run: RunSummary) => string): readonly Column<RunSummary>[] {
  return [
    {
      id: 'name',
      header: t('home.name'),
      width: 'minmax(140px, 2fr)',
      cell: (run) => (
        <span className={css.name}>
          <StatusMark status={run.status} />
          <Link plain to={to(run)}>
            {run.name}
          </Link>
          <StatusOfRow status={run.status} />
        </span>
      ),
    },
    {
      id: 'experiment',
      header: t('home.experiment'),
      width: 'minmax(72px, 1fr)',
      cell: (run) => <span className={css.cut}>{run.experiment.name}</span>,
    },
    {
      id: 'by',
      header: t('home.by'),
      width: 'minmax(72px, 1fr)',
      cell: (run) => (run.by === null ? null : <Person name={run.by.name} first />),
    },
    ...metrics.map((metric): Column<RunSummary> => ({
      id: `metric:${metric}`,
      header: <span className={css.cut}>{metric}</span>,
      name: metric,
      width: 'minmax(88px, 1fr)',
      align: 'right',
      cell: (run) => <MetricValue value={metricOf(run, metric)} />,
    })),
    {
      id: 'took',
      header: t('home.took'),
      width: '76px',
      align: 'right',
      cell: (run) =>
        run.startedAt === null ? null : run.endedAt === null ? (
          <Duration since={Date.parse(run.startedAt)} />
        ) : (
          <Duration ms={Date.parse(run.endedAt) - Date.parse(run.startedAt)} />
        ),
    },
    {
      id: 'started',
      header: t('home.started'),
      width: '92px',
      align: 'right',
      cell: (run) => (run.startedAt === null ? null : <RelativeTime at={Date.parse(run.startedAt)} />),
    },
  ]
}
