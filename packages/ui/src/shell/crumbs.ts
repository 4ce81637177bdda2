import { useEffect, useSyncExternalStore } from 'react'
import { t } from '../text/t.ts'

export interface Crumb {
  label: string
  /** Absent for the page itself. */
  to?: string
}

let current: readonly Crumb[] = []
const listeners = new Set<() => void>()

/** Says where the page is: `useCrumbs([{ label: 'Churn', to }, { label: 'Home' }])`. Names the browser's tab as well. */
export function useCrumbs(crumbs: readonly Crumb[]) {
  const key = JSON.stringify(crumbs)
  useEffect(() => {
    current = crumbs
    document.title = [...crumbs.map((crumb) => crumb.label).toReversed(), t('app.name')].join(' · ')
    for (const listener of listeners) listener()
    // oxlint-disable-next-line react/exhaustive-deps -- the key stands for the crumbs: pages write them anew on every render
  }, [key])
}

export function useCurrentCrumbs(): readonly Crumb[] {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    () => current,
  )
}
