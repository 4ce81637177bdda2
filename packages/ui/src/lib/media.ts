import { useSyncExternalStore } from 'react'

/** Widths at which the layout changes, in px: the same numbers stand in the style sheets. */
export const phone = '(max-width: 719px)'
export const medium = '(max-width: 959px)'
export const folded = '(max-width: 1099px)'
/** Content beside an aside has less than 832 px. */
export const tight = '(max-width: 1399px)'
export const narrow = '(max-width: 1199px)'

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(query)
      list.addEventListener('change', changed)
      return () => list.removeEventListener('change', changed)
    },
    () => window.matchMedia(query).matches,
  )
}
