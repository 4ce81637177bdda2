/** Runs `work` for every item, at most `width` at a time; results in the order of the items. After a failure nothing new begins. */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const queue = [...items.entries()].values()
  let failed = false
  const drain = async () => {
    // One iterator for all: each takes the next entry nobody has taken.
    for (const [index, item] of queue) {
      if (failed) return
      try {
        results[index] = await work(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, drain))
  return results
}
