import { useEffect, useId, useReducer, useRef, type CSSProperties, type KeyboardEvent, type MouseEvent } from 'react'
import { cx } from '../lib/cx.ts'
import { phone as phoneQuery, useMedia } from '../lib/media.ts'
import { nothingSelected, select } from '../lib/selection.ts'
import { keyToAction } from '../lib/table-keys.ts'
import { t } from '../text/t.ts'
import { Checkbox } from './Choice.tsx'
import css from './DataTable.module.css'
import { PhoneRow } from './PhoneRow.tsx'
import { SelectionBar } from './SelectionBar.tsx'
import type { DataTableProps } from './table.ts'
import { PhoneSort, SkeletonRows, TableHead } from './TableParts.tsx'
import { useRowWindow } from './use-row-window.ts'

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
  const { items, end, style, reveal } = useRowWindow({
    box,
    count: rows.length,
    rowHeight: onPhone ? 60 : rowHeights[height],
    enabled: fill,
  })
  const cursorIndex = selection.cursor === null ? -1 : ids.indexOf(selection.cursor)

  useEffect(() => {
    if (cursorIndex >= 0) reveal(cursorIndex)
  }, [cursorIndex, reveal])
  const nearEnd = end >= rows.length - 10
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
  const visible = items.flatMap((index) => {
    const row = rows[index]
    return row === undefined ? [] : [{ row, index, rowKey: ids[index] ?? String(index) }]
  })
  const toggle = (rowKey: string) => (event: MouseEvent) =>
    dispatch(event.shiftKey ? { do: 'range', id: rowKey, rows: ids } : { do: 'toggle', id: rowKey })

  const body = (
    <div role="rowgroup" className={css.body} style={style}>
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
            if (!isOfRow(event)) return
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
            <TableHead {...props} ids={ids} selection={selection} dispatch={dispatch} choosable={choosable} />
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

/** Not for a control in the row, nor for what it opened: clicks in a menu come up here too, from elsewhere in the page. */
const isOfRow = ({ target, currentTarget }: MouseEvent) =>
  target instanceof Element && currentTarget.contains(target) && target.closest('a, button, input, label') === null
