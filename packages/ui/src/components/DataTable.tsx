import {
  useEffect,
  useId,
  useReducer,
  useRef,
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from 'react'
import { cx } from '../lib/cx.ts'
import { phone as phoneQuery, useMedia } from '../lib/media.ts'
import { howMany, nothingSelected, select, type Selection, type SelectionAction } from '../lib/selection.ts'
import { type Sort, toggleSort } from '../lib/sort.ts'
import { keyToAction } from '../lib/table-keys.ts'
import { t } from '../text/t.ts'
import { Checkbox } from './Choice.tsx'
import css from './DataTable.module.css'
import { Skeleton } from './Gauges.tsx'
import { ArrowDownIcon, ArrowUpIcon } from './icons.ts'
import { Menu } from './Menu.tsx'
import { PhoneRow, type PhoneRowParts } from './PhoneRow.tsx'
import { SelectionBar } from './SelectionBar.tsx'
import { useRowWindow } from './use-row-window.ts'

export interface Column<Row> {
  id: string
  header: ReactNode
  /** Its name in words, where the header is none. */
  name?: string
  cell: (row: Row) => ReactNode
  /** A grid track: `120px`, `minmax(160px, 2fr)`. No `auto`: rows are laid out apart. */
  width?: string
  /** Numbers stand right. */
  align?: 'right'
  /** The list is sorted by it on the server. */
  sortable?: boolean
  /** The word over neighbouring columns: “Metrics”. */
  group?: string
  /** The column that counts: its header is dark. */
  strong?: boolean
}

export interface DataTableProps<Row> {
  /** What the rows are: “Runs of churn-xgb”. */
  label: string
  rows: readonly Row[]
  columns: readonly Column<Row>[]
  rowId: (row: Row) => string
  /** Name of a row, for its checkbox. */
  rowName?: (row: Row) => string
  onOpen?: ((row: Row) => void) | undefined
  sort?: Sort | undefined
  onSort?: ((sort: Sort) => void) | undefined
  selection?: Selection
  onSelect?: (action: SelectionAction) => void
  /** Buttons of the bar that floats while rows are chosen. */
  bulkActions?: ReactNode
  height?: 'compact' | 'normal' | 'twoLines'
  /** Fills the space below the page's head and scrolls by itself, in both directions: for lists that may be long. */
  fill?: boolean
  /** Rows end where the text of the page ends, instead of running to its edges. */
  inset?: boolean
  /** Rows of the whole list, for readers of the screen. */
  total?: number
  loading?: boolean
  hasMore?: boolean
  /** The end comes into view. */
  onEnd?: () => void
  /** In place of the rows: EmptyState or NoMatch. */
  empty?: ReactNode
  /** A row on phones. Without it the table scrolls sideways there. */
  phone?: (row: Row) => PhoneRowParts
}

const rowHeights = { compact: 32, normal: 36, twoLines: 52 }
const skeletonRows = 8

/** A list of objects. Keys: j k move, x chooses, Shift extends, Enter opens, Esc clears. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const {
    rows,
    columns,
    rowId,
    height = 'normal',
    fill = false,
    loading = false,
    hasMore = false,
    onEnd,
    onOpen,
  } = props
  const [own, dispatchOwn] = useReducer(select, nothingSelected)
  const selection = props.selection ?? own
  const dispatch = props.onSelect ?? dispatchOwn
  const choosable = props.onSelect !== undefined
  const onPhone = useMedia(phoneQuery) && props.phone !== undefined
  const id = useId()
  const ids = rows.map(rowId)
  const box = useRef<HTMLDivElement>(null)
  const windowed = useRowWindow({
    box,
    count: rows.length,
    rowHeight: onPhone ? 60 : rowHeights[height],
    enabled: fill,
  })
  const cursorIndex = selection.cursor === null ? -1 : ids.indexOf(selection.cursor)

  useEffect(() => {
    if (cursorIndex >= 0) windowed.reveal(cursorIndex)
  }, [cursorIndex, windowed.reveal])
  const nearEnd = windowed.end >= rows.length - 10
  useEffect(() => {
    if (fill && hasMore && nearEnd && !loading) onEnd?.()
  }, [fill, hasMore, nearEnd, loading, onEnd])

  function key(event: KeyboardEvent<HTMLElement>) {
    const action = keyToAction(event, {
      rows: ids,
      cursor: selection.cursor,
      choosable,
      anyChosen: selection.chosen.size > 0,
    })
    if (action === null) return
    event.preventDefault()
    if (action.do !== 'open') return dispatch(action)
    const row = rows[cursorIndex]
    if (row !== undefined) onOpen?.(row)
  }

  // Custom properties are unknown to the type.
  const tracks = { '--tracks': columns.map((column) => column.width ?? 'minmax(80px, 1fr)').join(' ') } as CSSProperties
  const visible = windowed.items.flatMap((index) => {
    const row = rows[index]
    return row === undefined ? [] : [{ row, index, rowKey: ids[index] ?? String(index) }]
  })
  const toggle = (rowKey: string) => (event: MouseEvent) =>
    dispatch(event.shiftKey ? { do: 'range', id: rowKey, rows: ids } : { do: 'toggle', id: rowKey })

  const body = (
    <div role="rowgroup" className={css.body} style={windowed.style}>
      {visible.map(({ row, index, rowKey }) => {
        const chosen = selection.chosen.has(rowKey)
        const name = props.rowName?.(row) ?? rowKey
        const common = {
          id: `${id}-${index}`,
          role: 'row',
          'aria-rowindex': index + 2,
          'aria-selected': choosable ? chosen : undefined,
          'data-cursor': rowKey === selection.cursor || undefined,
          'data-chosen': chosen || undefined,
          onClick: (event: MouseEvent<HTMLElement>) => {
            if (isControl(event.target)) return
            dispatch({ do: 'point', id: rowKey })
            onOpen?.(row)
          },
        }
        if (onPhone && props.phone) {
          return (
            <PhoneRow
              key={rowKey}
              parts={props.phone(row)}
              chosen={chosen}
              name={name}
              onChoose={choosable ? () => dispatch({ do: 'toggle', id: rowKey }) : undefined}
              row={common}
            />
          )
        }
        return (
          <div key={rowKey} className={css.row} data-openable={onOpen ? '' : undefined} {...common}>
            {choosable ? (
              <div role="gridcell" className={css.check}>
                <Checkbox
                  checked={chosen}
                  onChange={() => undefined}
                  onClick={toggle(rowKey)}
                  aria-label={t('list.select', { name })}
                  tabIndex={-1}
                />
              </div>
            ) : null}
            {columns.map((column) => (
              <div key={column.id} role="gridcell" className={css.cell} data-align={column.align}>
                {column.cell(row)}
              </div>
            ))}
          </div>
        )
      })}
    </div>
  )
  const waiting = loading && (rows.length === 0 || hasMore)

  return (
    <div
      className={cx(css.wrap, fill && css.fill)}
      data-height={height}
      data-fill={fill || undefined}
      data-inset={props.inset || undefined}
      data-choosable={choosable || undefined}
      style={tracks}
    >
      <div className={css.scroll} ref={box}>
        {onPhone ? <PhoneSort {...props} /> : null}
        <div
          role="grid"
          className={css.table}
          data-phone={onPhone || undefined}
          aria-label={props.label}
          aria-rowcount={props.total ?? (hasMore ? -1 : rows.length + 1)}
          aria-multiselectable={choosable || undefined}
          aria-activedescendant={cursorIndex >= 0 ? `${id}-${cursorIndex}` : undefined}
          aria-busy={loading || undefined}
          tabIndex={0}
          onKeyDown={key}
        >
          {onPhone ? null : (
            <Head {...props} ids={ids} selection={selection} dispatch={dispatch} choosable={choosable} />
          )}
          {body}
          {waiting ? (
            <SkeletonRows columns={columns} count={rows.length === 0 ? skeletonRows : 3} choosable={choosable} />
          ) : null}
        </div>
        {rows.length === 0 && !loading && props.empty !== undefined ? (
          <div className={css.empty}>{props.empty}</div>
        ) : null}
      </div>
      {choosable && selection.chosen.size > 0 ? (
        <SelectionBar count={selection.chosen.size} onClear={() => dispatch({ do: 'clear' })}>
          {props.bulkActions}
        </SelectionBar>
      ) : null}
    </div>
  )
}

interface HeadProps<Row> extends DataTableProps<Row> {
  ids: readonly string[]
  choosable: boolean
  dispatch: (action: SelectionAction) => void
  selection: Selection
}

function Head<Row>({ columns, sort, onSort, ids, choosable, dispatch, selection, rows }: HeadProps<Row>) {
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
function PhoneSort<Row>({ columns, sort, onSort, total, rows }: DataTableProps<Row>) {
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
        trigger={({ pressed: _, ...trigger }) => (
          <button type="button" className={css.sort} data-current="" {...trigger}>
            {current?.header ?? sort.by} <Arrow aria-hidden />
          </button>
        )}
      />
    </div>
  )
}

function SkeletonRows<Row>({
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

const isControl = (target: EventTarget) =>
  target instanceof Element && target.closest('a, button, input, label') !== null
