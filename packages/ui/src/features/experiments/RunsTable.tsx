import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useReducer, useState } from 'react'
import type { RunSummary } from '@mllab/sdk'
import { Button, IconButton } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { FilterBar } from '../../components/FilterBar.tsx'
import { CsvIcon, DownloadIcon, ExperimentIcon, TrashIcon } from '../../components/icons.ts'
import { NewPill } from '../../components/Marks.tsx'
import { EmptyState, NoMatch, Notice, ProblemNotice } from '../../components/Notice.tsx'
import { StatusMark, StatusText } from '../../components/Status.tsx'
import { MetricValue, RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { parseFilter } from '../../lib/filter.ts'
import { problemOf } from '../../lib/problem.ts'
import { saveText } from '../../lib/save.ts'
import { many, one } from '../../lib/search.ts'
import { nothingSelected, select } from '../../lib/selection.ts'
import { parseSort, writeSort } from '../../lib/sort.ts'
import { isOrdinary, runStatusNames } from '../../lib/status.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { ColumnChooser } from './ColumnChooser.tsx'
import css from './Experiments.module.css'
import { LogRunCode } from './LogRun.tsx'
import { chosenColumns, columnId, possibleColumns, runsCsv } from './run-columns.ts'
import { runQuery } from './run-filter.ts'
import { metricOf, runTableColumns } from './run-table-columns.tsx'
import { useDeleteRuns } from './use-delete-runs.ts'
import { useRuns } from './use-runs.ts'
import { words } from './words.ts'

export interface RunsHead {
  /** How many rows are here, and whether there are more. */
  loaded: number
  more: boolean
  filtered: boolean
  pill: ReactNode
}

/** Runs of one experiment or of all, with everything the address says: filter, order, columns. */
export function RunsTable({
  project,
  experiment,
  name,
  head,
}: {
  project: string
  experiment: number | undefined
  name: string
  /** The head of the page, which shows what the table knows. */
  head: (facts: RunsHead) => ReactNode
}) {
  const navigate = useNavigate()
  const [search, setSearch] = useSearchState()
  const filterText = one(search, 'filter') ?? ''
  const sort = one(search, 'sort') ?? '-started'
  // The moment relative times are counted from stays while the page does: it is part of the list's identity.
  const [opened] = useState(() => Date.now())
  const query = runQuery(filterText, opened)
  const asked = { ...query, experiment, sort }
  const { rows, arrived, can, list, refresh } = useRuns(project, asked)
  const [selection, dispatch] = useReducer(select, nothingSelected)
  const remove = useDeleteRuns(project, asked)

  const chosen = chosenColumns(many(search, 'columns'), rows)
  const columns = runTableColumns(project, rows, chosen, {
    withExperiment: experiment === undefined,
    sortedBy: parseSort(sort)?.by ?? '',
  })
  const chosenRuns = rows.filter((run) => selection.chosen.has(run.id))
  const phoneMetric = chosen.find((column) => column.group === 'metrics')
  const filtered = filterText !== ''

  const empty = filtered ? (
    <NoMatch
      noun={words('runs.noun')}
      filters={parseFilter(filterText).length}
      onClear={() => setSearch({ filter: undefined })}
    />
  ) : (
    <EmptyState
      icon={ExperimentIcon}
      title={words('runs.empty')}
      below={<LogRunCode project={project} experiment={experiment === undefined ? undefined : name} />}
    >
      {words('runs.emptyText')}
    </EmptyState>
  )
  return (
    <>
      {head({
        loaded: rows.length,
        more: list.hasNextPage,
        filtered,
        pill:
          arrived > 0 ? (
            <NewPill
              onClick={() => {
                document.querySelector('[data-fill] [role="grid"]')?.parentElement?.scrollTo({ top: 0 })
                void refresh()
              }}
            >
              {words('newRuns', { n: arrived })}
            </NewPill>
          ) : null,
      })}
      <div className={css.tools}>
        <FilterBar
          value={filterText}
          onChange={(value) => setSearch({ filter: value || undefined })}
          example="metrics.auc > 0.9"
          fields={filterFields(rows)}
        />
        <ColumnChooser runs={rows} chosen={chosen} onChoose={(ids) => setSearch({ columns: ids })} />
        <span className={css.wideOnly}>
          <IconButton
            icon={DownloadIcon}
            outline
            size="md"
            label={words('runs.csvAll')}
            onClick={() => saveText(runsCsv(rows), `${name}.csv`, 'text/csv')}
          />
        </span>
      </div>
      {list.error ? (
        <div className={css.notice}>
          {problemOf(list.error).code === 'INVALID_INPUT' ? (
            <Notice tone="warn">{words('runs.badFilter', { reason: problemOf(list.error).detail })}</Notice>
          ) : (
            <ProblemNotice problem={problemOf(list.error)} />
          )}
        </div>
      ) : null}
      <DataTable
        fill
        label={words('runs.label', { name })}
        rows={rows}
        columns={columns}
        rowId={(run) => run.id}
        rowName={(run) => run.name}
        onOpen={(run) => void navigate({ to: addresses.run(project, run.experiment.number, run.id) })}
        sort={parseSort(sort)}
        onSort={(next) => setSearch({ sort: writeSort(next) === '-started' ? undefined : writeSort(next) })}
        selection={selection}
        onSelect={dispatch}
        loading={list.isLoading || list.isFetchingNextPage}
        hasMore={list.hasNextPage}
        onEnd={() => void list.fetchNextPage()}
        empty={list.isSuccess ? empty : undefined}
        bulkActions={
          <>
            <Button size="sm" icon={CsvIcon} onClick={() => saveText(runsCsv(chosenRuns), `${name}.csv`, 'text/csv')}>
              {words('runs.csv')}
            </Button>
            {can.includes('runs:write') ? (
              <Button
                size="sm"
                variant="danger"
                icon={TrashIcon}
                onClick={() => {
                  void remove(chosenRuns.map((run) => run.id))
                  dispatch({ do: 'clear' })
                }}
              >
                {words('runs.delete')}
              </Button>
            ) : null}
          </>
        }
        phone={(run) => ({
          mark: <StatusMark status={run.status} />,
          name: run.name,
          facts: (
            <PhoneFacts run={run} params={chosen.filter(({ group }) => group === 'params').map(({ key }) => key)} />
          ),
          value: isOrdinary(run.status) ? (
            phoneMetric ? (
              <MetricValue value={metricOf(run, phoneMetric.key)} />
            ) : undefined
          ) : (
            <StatusText status={run.status} />
          ),
        })}
      />
    </>
  )
}

function PhoneFacts({ run, params }: { run: RunSummary; params: readonly string[] }) {
  const shown = run.params.filter(({ key }) => params.includes(key)).slice(0, 2)
  return (
    <>
      {shown.map(({ key, value }) => `${key} ${value} · `).join('')}
      {run.startedAt === null ? null : <RelativeTime at={Date.parse(run.startedAt)} />}
    </>
  )
}

const moments = ['1h', '24h', '7d', '30d'] as const

/** What can be typed: status, start, and every column the runs here have. */
function filterFields(runs: readonly RunSummary[]) {
  const { metrics, params, tags } = possibleColumns(runs)
  const valuesOf = (key: string) => [
    ...new Set(runs.flatMap((run) => run.params.filter((param) => param.key === key).map((param) => param.value))),
  ]
  return [
    { name: 'status', values: runStatusNames },
    { name: 'started', values: moments },
    ...metrics.map((key) => ({ name: columnId({ group: 'metrics', key }), hint: '> 0.9' })),
    ...params.map((key) => ({ name: columnId({ group: 'params', key }), values: valuesOf(key).slice(0, 20) })),
    ...tags.map((key) => ({ name: columnId({ group: 'tags', key }) })),
  ]
}
