/** Runs tasks of one key one after another; tasks of different keys do not wait for each other. */
export function createKeyedLock() {
  const tails = new Map<string, Promise<unknown>>()
  return async function locked<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = tails.get(key)
    const mine = (async () => {
      await before?.catch(() => undefined)
      return task()
    })()
    tails.set(key, mine)
    try {
      return await mine
    } finally {
      if (tails.get(key) === mine) tails.delete(key)
    }
  }
}
