import { useNavigate, useSearch } from '@tanstack/react-router'
import type { SearchParams } from './search.ts'

/** The page's state in its address, and a way to change parts of it. What is set to undefined leaves the address. */
export function useSearchState(): [SearchParams, (changes: SearchParams, options?: { replace?: boolean }) => void] {
  const search = useSearch({ strict: false }) as SearchParams // every page reads texts: see lib/search.ts
  const navigate = useNavigate()
  return [
    search,
    (changes, { replace = true } = {}) =>
      void navigate({
        to: '.',
        search: (before: SearchParams) => ({ ...before, ...changes }),
        replace,
        resetScroll: false,
      }),
  ]
}
