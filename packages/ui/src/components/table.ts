import type { ReactNode } from 'react'
import type { Selection, SelectionAction } from '../lib/selection.ts'
import type { Sort } from '../lib/sort.ts'
import type { PhoneRowParts } from './PhoneRow.tsx'

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
