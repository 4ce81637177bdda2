import type { WorkloadState } from '@mllab/sdk'
import { DataTable } from '../../components/DataTable.tsx'
import { useLater } from '../../components/Gauges.tsx'
import { Link } from '../../components/Link.tsx'
import { Person } from '../../components/Marks.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { StatusMark, StatusOfRow } from '../../components/Status.tsx'
import type { Column } from '../../components/table.ts'
import { Duration } from '../../components/Values.tsx'
import { useNavigate } from '@tanstack/react-router'
import { tight, useMedia } from '../../lib/media.ts'
import { problemOf } from '../../lib/problem.ts'
import { home } from '../../text/en/home.ts'
import { pageText } from '../../text/t.ts'
import { type UsageById } from '../workloads/usage.queries.ts'
import { UsageFigure, usageColumns } from '../workloads/UsageCells.tsx'
import css from './Home.module.css'

const t = pageText(home)

export interface RunningItem {
  id: string
  kind: 'workspace' | 'service'
  name: string
  to: string
  by: string | null
  state: WorkloadState
}

interface RunningNowProps {
  items: readonly RunningItem[]
  usage: UsageById
  loading: boolean
  error: unknown
}

/** Workspaces and services that run, or should. */
export function RunningNow({ items, usage, loading, error }: RunningNowProps) {
  const navigate = useNavigate()
  const isTight = useMedia(tight)
  const waiting = useLater(loading)
  const nothing = !loading && !error && items.length === 0
  return (
    <Section title={t('home.running')} {...(items.length > 0 ? { count: items.length, end: t('home.usageOf') } : {})}>
      {error ? (
        <ProblemNotice problem={problemOf(error)} />
      ) : nothing ? (
        <p className={css.nothing}>{t('home.nothingRuns')}</p>
      ) : (
        <DataTable
          label={t('home.running')}
          inset
          rows={items}
          columns={columns(usage, isTight)}
          rowId={(item) => item.id}
          rowName={(item) => item.name}
          onOpen={(item) => void navigate({ to: item.to })}
          loading={waiting}
          phone={(item) => ({
            mark: <StatusMark status={item.state.status} />,
            name: item.name,
            facts: [t(`home.kind.${item.kind}`), item.by].filter(Boolean).join(' · '),
            figure: <UsageFigure state={item.state} usage={usage.get(item.id)} />,
            value: <Since state={item.state} />,
          })}
        />
      )}
    </Section>
  )
}

const byColumn: Column<RunningItem> = {
  id: 'by',
  header: t('home.by'),
  width: 'minmax(90px, 1fr)',
  cell: (item) => (item.by === null ? null : <Person name={item.by} first />),
}

const columns = (usage: UsageById, isTight: boolean): readonly Column<RunningItem>[] => [
  {
    id: 'name',
    header: t('home.name'),
    width: 'minmax(180px, 2fr)',
    cell: (item) => (
      <span className={css.name}>
        <StatusMark status={item.state.status} />
        <Link plain to={item.to}>
          {item.name}
        </Link>
        <StatusOfRow status={item.state.status} />
      </span>
    ),
  },
  { id: 'kind', header: t('home.kind'), width: '100px', cell: (item) => t(`home.kind.${item.kind}`) },
  ...(isTight ? [] : [byColumn]),
  ...usageColumns<RunningItem>(usage, isTight),
  { id: 'for', header: t('home.for'), width: '90px', align: 'right', cell: ({ state }) => <Since state={state} /> },
]

function Since({ state }: { state: WorkloadState }) {
  return <Duration since={Date.parse(state.startedAt ?? state.since)} />
}
