import { LabError } from '@mllab/contract'
import { sha256Hex } from '@mllab/kernel'

/**
 * Keyset pages. A cursor holds the sort values of the last row and is bound to the list it was made for (its filter and order), so
 * that it cannot be carried over to another one.
 */
export interface PageRequest {
  readonly limit: number
  readonly cursor?: string | undefined
}

export type CursorValues = readonly (string | number | null)[]

export interface Page<T> {
  readonly items: T[]
  readonly next: string | null
}

/** The values of a cursor, or undefined on the first page. Throws `INVALID_CURSOR` for a cursor of another list. */
export function readCursor(request: PageRequest, list: unknown): CursorValues | undefined {
  if (request.cursor === undefined) return undefined
  try {
    const parsed: unknown = JSON.parse(Buffer.from(request.cursor, 'base64url').toString('utf8'))
    if (Array.isArray(parsed) && parsed[0] === fingerprint(list)) return parsed.slice(1) as CursorValues // we made it
  } catch (error) {
    throw new LabError('INVALID_CURSOR', {}, { cause: error })
  }
  throw new LabError('INVALID_CURSOR')
}

/** Cuts rows that were read with `limit + 1` into a page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  request: PageRequest,
  list: unknown,
  sortValues: (row: Row) => CursorValues,
  item: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, request.limit)
  const last = shown.at(-1)
  const more = rows.length > request.limit && last !== undefined
  const next = more ? Buffer.from(JSON.stringify([fingerprint(list), ...sortValues(last)])).toString('base64url') : null
  return { items: shown.map(item), next }
}

/** Of what a search found, each with its place in the order asked for. */
export function pageOfFound<Found extends { readonly position: CursorValues }>(
  found: readonly Found[],
  request: PageRequest,
  list: unknown,
): Page<Found> {
  return pageOf(
    found,
    request,
    list,
    ({ position }) => position,
    (one) => one,
  )
}

function fingerprint(list: unknown): string {
  return sha256Hex(JSON.stringify(list)).slice(0, 12)
}
