/** Where the typed letters were found in a name. */
export interface Match {
  score: number
  /** Start and end of the pieces to mark, ascending. */
  ranges: readonly (readonly [number, number])[]
}

/**
 * Finds every word of the query in the name, best at its start, good at the start of a word. Null if one is missing.
 * An empty query matches everything alike.
 */
export function matchName(query: string, name: string): Match | null {
  const haystack = name.toLowerCase()
  const ranges: [number, number][] = []
  let score = 0
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const found = bestPlace(haystack, word)
    if (!found) return null
    ranges.push([found.at, found.at + word.length])
    score += found.score
  }
  return { score: score - name.length / 1000, ranges: joined(ranges) }
}

function bestPlace(haystack: string, word: string): { at: number; score: number } | null {
  let best: { at: number; score: number } | null = null
  for (let at = haystack.indexOf(word); at >= 0; at = haystack.indexOf(word, at + 1)) {
    const score = at === 0 ? 3 : /[\s\-_./@:]/.test(haystack[at - 1] ?? '') ? 2 : 1
    if (!best || score > best.score) best = { at, score }
  }
  return best
}

function joined(ranges: [number, number][]): [number, number][] {
  const done: [number, number][] = []
  for (const range of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = done.at(-1)
    if (last && range[0] <= last[1]) last[1] = Math.max(last[1], range[1])
    else done.push([...range])
  }
  return done
}
