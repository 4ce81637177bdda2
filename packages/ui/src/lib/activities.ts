import { useSyncExternalStore } from 'react'
import type { Activity } from '../shell/types.ts'

let activities: readonly Activity[] = []
const listeners = new Set<() => void>()

/** Long work of this tab, for the activity menu: pages put it in, and it stays while they are left. */
export function showActivity(activity: Activity) {
  const known = activities.some((one) => one.id === activity.id)
  activities = known ? activities.map((one) => (one.id === activity.id ? activity : one)) : [activity, ...activities]
  for (const listener of listeners) listener()
}

export function dropActivity(id: string) {
  activities = activities.filter((one) => one.id !== id)
  for (const listener of listeners) listener()
}

export function useActivities(): readonly Activity[] {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    () => activities,
  )
}
