import type { ChangeFeed, ChangeTopic } from '../../ports/changes.ts'

/** Wake-ups inside one process. Announcements of one turn of the event loop are merged. */
export function createLocalChanges(): ChangeFeed {
  const subscribers = new Map<ChangeTopic, Set<() => void>>()
  const announced = new Set<ChangeTopic>()
  let scheduled: NodeJS.Immediate | undefined

  const deliver = () => {
    scheduled = undefined
    const topics = [...announced]
    announced.clear()
    for (const topic of topics) for (const wake of subscribers.get(topic) ?? []) wake()
  }

  return {
    announce: (topic) => {
      if (!subscribers.has(topic)) return
      announced.add(topic)
      scheduled ??= setImmediate(deliver)
    },
    subscribe: (topic, wake) => {
      const wakes = subscribers.get(topic) ?? new Set()
      subscribers.set(topic, wakes)
      // A function of its own, so that the same `wake` may subscribe twice.
      const entry = () => wake()
      wakes.add(entry)
      return () => wakes.delete(entry)
    },
    close: async () => {
      clearImmediate(scheduled)
      subscribers.clear()
    },
  }
}
