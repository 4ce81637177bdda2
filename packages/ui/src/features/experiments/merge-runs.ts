import type { RunSummary } from '@mllab/sdk'

export interface Merged {
  /** The rows that are read, in their order, with what is new about them. */
  rows: readonly RunSummary[]
  /** Runs that came since; they wait until the reader asks for them. */
  arrived: number
}

/**
 * Keeps a list of runs as new as the server without moving it: rows are renewed where they are, new ones are counted.
 * @param shown the rows that were loaded
 * @param head what the server would now show first; null while it was not asked again
 * @param whole the head is the whole list: what is not in it is gone
 */
export function mergeRuns(shown: readonly RunSummary[], head: readonly RunSummary[] | null, whole: boolean): Merged {
  if (head === null) return { rows: shown, arrived: 0 }
  const newest = new Map(head.map((run) => [run.id, run]))
  const known = new Set(shown.map((run) => run.id))
  const rows = shown.flatMap((run) => newest.get(run.id) ?? (whole ? [] : run))
  return { rows, arrived: head.filter((run) => !known.has(run.id)).length }
}
