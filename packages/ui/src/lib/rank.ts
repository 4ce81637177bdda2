import { type Match, matchName } from './match.ts'

export interface Ranked<T> {
  entry: T
  match: Match
}

interface Named {
  id: string
  group: string
  label: string
  also?: string
}

/** What matches, best first within its group; the order of `groups`; at most `most` in each. The first of equal ids wins. */
export function rank<T extends Named>(
  query: string,
  entries: readonly T[],
  groups: readonly string[],
  most: number,
): Ranked<T>[] {
  const seen = new Set<string>()
  const matching = entries.flatMap((entry) => {
    if (seen.has(entry.id)) return []
    const match =
      matchName(query, entry.label) ?? (entry.also && matchName(query, entry.also) ? { score: 0, ranges: [] } : null)
    if (match) seen.add(entry.id)
    return match ? [{ entry, match }] : []
  })
  return groups.flatMap((group) =>
    matching
      .filter((found) => found.entry.group === group)
      .toSorted((a, b) => (query === '' ? 0 : b.match.score - a.match.score))
      .slice(0, most),
  )
}
