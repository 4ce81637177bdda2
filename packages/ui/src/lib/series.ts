/** How an object is drawn wherever it appears. `slot` counts from 0; the ninth repeats the colours with dashes. */
export interface SeriesStyle {
  /** A CSS colour: `var(--series-3)`. */
  color: string
  /** Dash pattern in px; absent for a full line. */
  dash?: readonly number[]
}

const colours = 8

export function seriesStyle(slot: number): SeriesStyle {
  const color = `var(--series-${(slot % colours) + 1})`
  return slot < colours ? { color } : { color, dash: [6, 3] }
}

/** For what is not in focus. */
export const restStyle: SeriesStyle = { color: 'var(--series-rest)' }

/**
 * Gives each id a slot and lets those that had one keep it, so that a run keeps its colour while others come and go.
 * Freed slots are used again, lowest first.
 */
export function assignSlots(previous: ReadonlyMap<string, number>, ids: readonly string[]): Map<string, number> {
  const slots = new Map<string, number>()
  for (const id of ids) {
    const slot = previous.get(id)
    if (slot !== undefined) slots.set(id, slot)
  }
  const taken = new Set(slots.values())
  let free = 0
  for (const id of ids) {
    if (slots.has(id)) continue
    while (taken.has(free)) free++
    taken.add(free)
    slots.set(id, free)
  }
  return slots
}
