export interface Sort {
  by: string
  direction: 'up' | 'down'
}

/** A press on a header: down first (newest, largest), then up. */
export function toggleSort(sort: Sort | undefined, by: string): Sort {
  return { by, direction: sort?.by === by && sort.direction === 'down' ? 'up' : 'down' }
}

/** As it stands in the address: `started`, or `-started` for descending. */
export const writeSort = (sort: Sort) => (sort.direction === 'down' ? `-${sort.by}` : sort.by)

export function parseSort(text: string | undefined): Sort | undefined {
  if (!text) return undefined
  return text.startsWith('-') ? { by: text.slice(1), direction: 'down' } : { by: text, direction: 'up' }
}
