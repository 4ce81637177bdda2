import type { SelectionAction } from './selection.ts'

export interface TableKey {
  key: string
  shiftKey: boolean
  ctrlKey: boolean
  metaKey: boolean
  target: EventTarget | null
  currentTarget: EventTarget | null
}

interface TableKeyState {
  rows: readonly string[]
  cursor: string | null
  choosable: boolean
  anyChosen: boolean
}

const moves: Record<string, number> = {
  j: 1,
  J: 1,
  ArrowDown: 1,
  k: -1,
  K: -1,
  ArrowUp: -1,
  PageDown: 15,
  PageUp: -15,
  Home: -Infinity,
  End: Infinity,
}

/** What a key does in a list, or null if it is none of ours. Enter and Space stay with the link or button that has the focus. */
export function keyToAction(
  event: TableKey,
  { rows, cursor, choosable, anyChosen }: TableKeyState,
): SelectionAction | { do: 'open' } | null {
  if (event.ctrlKey || event.metaKey) return event.key === 'a' && choosable ? { do: 'all', rows } : null
  const by = moves[event.key]
  if (by !== undefined) return { do: 'move', by, rows, extend: event.shiftKey && choosable }
  if (event.key === 'Escape') return anyChosen ? { do: 'clear' } : null
  if (cursor === null) return null
  if (event.key === 'x' && choosable) return { do: 'toggle', id: cursor }
  if (event.key === 'X' && choosable) return { do: 'range', id: cursor, rows }
  if (event.target !== event.currentTarget) return null
  if (event.key === ' ' && choosable) return { do: 'toggle', id: cursor }
  return event.key === 'Enter' ? { do: 'open' } : null
}
