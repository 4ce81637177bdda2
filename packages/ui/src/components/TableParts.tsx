import { cx } from '../lib/cx.ts'
import { howMany, type Selection, type SelectionAction } from '../lib/selection.ts'
import { toggleSort } from '../lib/sort.ts'
import { t } from '../text/t.ts'
import { Checkbox } from './Choice.tsx'
import css from './DataTable.module.css'
import { Skeleton } from './Gauges.tsx'
import { ArrowDownIcon, ArrowUpIcon } from './icons.ts'
import { Menu } from './Menu.tsx'
import type { Column, DataTableProps } from './table.ts'

interface HeadProps<Row> extends DataTableProps<Row> {
  ids: readonly string[]
  choosable: boolean
  dispatch: (action: SelectionAction) => void
  selection: Selection
}

/** The headers, and above them the words that neighbouring columns share. */
export function TableHead<Row>({ columns, sort, onSort, ids, choosable, dispatch, selection, rows }: HeadProps<Row>) {
  const all = howMany(selection, ids)
  const grouped = columns.some((column) => column.group !== undefined)
  return (
    <div role="rowgroup" className={css.head}>
      {grouped ? (
        <div className={cx(css.row, css.groups)} aria-hidden>
          {choosable ? <div className={css.check} /> : null}
          {columns.map((column, index) => (
            <div key={column.id} className={css.group} data-align={column.align}>
              {column.group === columns[index - 1]?.group ? null : column.group}
            </div>
          ))}
        </div>
      ) : null}
      <div role="row" aria-rowindex={1} className={cx(css.row, css.headers)}>
        {choosable ? (
          <div role="columnheader" className={css.check}>
            <Checkbox
              checked={all === 'all' ? true : all === 'some' ? 'some' : false}
              disabled={rows.length === 0}
              onChange={() => dispatch({ do: 'all', rows: ids })}
              aria-label={t('list.selectAll')}
            />
          </div>
        ) : null}
        {columns.map((column) => {
          const current = sort?.by === column.id ? sort.direction : undefined
          const Arrow = current === 'up' ? ArrowUpIcon : ArrowDownIcon
          return (
            <div
              key={column.id}
              role="columnheader"
              className={css.header}
              data-align={column.align}
              data-strong={column.strong || undefined}
              aria-sort={current === 'up' ? 'ascending' : current === 'down' ? 'descending' : undefined}
            >
              {column.sortable && onSort ? (
                <button
                  type="button"
                  className={css.sort}
                  data-current={current !== undefined || undefined}
                  onClick={() => onSort(toggleSort(sort, column.id))}
                >
                  <span>{column.header}</span>
                  <Arrow aria-hidden />
                </button>
              ) : (
                column.header
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}

/** On phones the headers are one line: how many, and by what they are sorted. */
export function PhoneSort<Row>({ columns, sort, onSort, total, rows }: DataTableProps<Row>) {
  if (!sort || !onSort) return null
  const sortable = columns.filter((column) => column.sortable)
  const current = sortable.find((column) => column.id === sort.by)
  const Arrow = sort.direction === 'up' ? ArrowUpIcon : ArrowDownIcon
  return (
    <div className={css.phoneSort}>
      <span>{total === undefined ? rows.length : t('list.count', { n: rows.length, total })}</span>
      <Menu
        label={t('list.sort')}
        items={sortable.map((column) => ({
          label: column.name ?? column.id,
          current: column.id === sort.by,
          onSelect: () => onSort(toggleSort(sort, column.id)),
        }))}
        trigger={(trigger) => (
          <button type="button" className={css.sort} data-current="" {...trigger}>
            {current?.header ?? sort.by} <Arrow aria-hidden />
          </button>
        )}
      />
    </div>
  )
}

export function SkeletonRows<Row>({
  columns,
  count,
  choosable,
}: {
  columns: readonly Column<Row>[]
  count: number
  choosable: boolean
}) {
  return (
    <div className={css.body} role="presentation">
      {Array.from({ length: count }, (_, row) => (
        <div key={row} className={css.row} aria-hidden>
          {choosable ? (
            <div className={css.check}>
              <Skeleton width={16} height={16} />
            </div>
          ) : null}
          {columns.map((column, index) => (
            <div key={column.id} className={css.cell} data-align={column.align}>
              <Skeleton width={index === 0 ? `${52 + ((row * 17) % 36)}%` : '56%'} height={8} />
            </div>
          ))}
        </div>
      ))}
    </div>
  )
}
