import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, type CSSProperties, type RefObject } from 'react'

interface RowWindow {
  /** Indexes of the rows to draw. */
  items: readonly number[]
  end: number
  /** Space for the rows that are not drawn, above and below. */
  style: CSSProperties | undefined
  reveal: (index: number) => void
}

/** The rows in view and a few around them. All rows have one height, so nothing is measured; not enabled, it is all rows. */
export function useRowWindow({
  box,
  count,
  rowHeight,
  enabled,
}: {
  box: RefObject<HTMLElement | null>
  count: number
  rowHeight: number
  enabled: boolean
}): RowWindow {
  // oxlint-disable-next-line react/incompatible-library -- the React compiler is not used
  const rows = useVirtualizer({
    count: enabled ? count : 0,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: 64,
    scrollPaddingEnd: 72,
  })
  const reveal = useCallback(
    (index: number) => {
      if (enabled) rows.scrollToIndex(index, { align: 'auto' })
    },
    [enabled, rows],
  )
  if (!enabled)
    return { items: Array.from({ length: count }, (_, index) => index), end: count, style: undefined, reveal }
  const drawn = rows.getVirtualItems()
  const first = drawn[0]
  const last = drawn.at(-1)
  return {
    items: drawn.map((row) => row.index),
    end: last?.index ?? 0,
    style: { paddingTop: first?.start ?? 0, paddingBottom: rows.getTotalSize() - (last?.end ?? 0) },
    reveal,
  }
}
