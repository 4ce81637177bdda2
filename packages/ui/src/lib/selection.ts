/** What the keyboard stands on and what is chosen in a list. Ids, so that it survives new rows and sorting. */
export interface Selection {
  chosen: ReadonlySet<string>
  /** The row the keyboard is on. */
  cursor: string | null
  /** Where a range with Shift begins. */
  anchor: string | null
}

export type SelectionAction =
  | { do: 'move'; by: number; rows: readonly string[]; extend?: boolean }
  | { do: 'point'; id: string }
  | { do: 'toggle'; id: string }
  | { do: 'range'; id: string; rows: readonly string[] }
  | { do: 'all'; rows: readonly string[] }
  | { do: 'clear' }

export const nothingSelected: Selection = { chosen: new Set(), cursor: null, anchor: null }

export function select(state: Selection, action: SelectionAction): Selection {
  switch (action.do) {
    case 'move': {
      const cursor = moved(state.cursor, action.by, action.rows)
      if (cursor === null) return state
      if (action.extend) return select({ ...state, cursor }, { do: 'range', id: cursor, rows: action.rows })
      return { ...state, cursor }
    }
    case 'point':
      return { ...state, cursor: action.id }
    case 'toggle': {
      const chosen = new Set(state.chosen)
      if (!chosen.delete(action.id)) chosen.add(action.id)
      return { chosen, cursor: action.id, anchor: action.id }
    }
    case 'range': {
      const between = rowsBetween(state.anchor ?? state.cursor ?? action.id, action.id, action.rows)
      return { chosen: new Set([...state.chosen, ...between]), cursor: action.id, anchor: state.anchor ?? action.id }
    }
    case 'all': {
      const everyRow = action.rows.length > 0 && action.rows.every((id) => state.chosen.has(id))
      return { ...state, chosen: new Set(everyRow ? [] : action.rows) }
    }
    case 'clear':
      return { ...state, chosen: new Set(), anchor: null }
  }
}

/** For the box in the header: none, some or all rows. */
export function howMany(state: Selection, rows: readonly string[]): 'none' | 'some' | 'all' {
  if (state.chosen.size === 0) return 'none'
  return rows.length > 0 && rows.every((id) => state.chosen.has(id)) ? 'all' : 'some'
}

function moved(cursor: string | null, by: number, rows: readonly string[]): string | null {
  const at = cursor === null ? -1 : rows.indexOf(cursor)
  const start = at === -1 && by < 0 ? 0 : at
  return rows[Math.max(0, Math.min(rows.length - 1, start + by))] ?? null
}

function rowsBetween(from: string, to: string, rows: readonly string[]): readonly string[] {
  const ends = [rows.indexOf(from), rows.indexOf(to)].filter((index) => index >= 0)
  return ends.length === 0 ? [] : rows.slice(Math.min(...ends), Math.max(...ends) + 1)
}
