import type { InfiniteData } from '@tanstack/react-query'

export interface Page<Item> {
  items: Item[]
  next: string | null
  total?: number | undefined
  can?: string[] | undefined
}

/** For `useInfiniteQuery`: keyset pages, each naming the cursor of the next. */
export const keysetPages = {
  initialPageParam: undefined as string | undefined, // the first page has no cursor
  getNextPageParam: (page: { next: string | null }) => page.next ?? undefined,
}

/** The rows of all pages that are here, and what may be done with the list. */
export function rowsOf<Item>(data: InfiniteData<Page<Item>> | undefined): { rows: Item[]; can: readonly string[] } {
  return { rows: data?.pages.flatMap((page) => page.items) ?? [], can: data?.pages[0]?.can ?? [] }
}

/** `query` of a list without what is not set. */
export function set<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  } // optional keys stay optional for the caller; only undefined values are gone
}
