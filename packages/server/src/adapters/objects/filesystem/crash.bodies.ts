import type { ObjectKey } from '../../../ports/objects.ts'

/** The body that belongs to a key, in pieces: who finds an object can tell whether it is whole. Up to 2 MB. */
export function bodyFor(key: ObjectKey): Buffer[] {
  const pieces = 1 + (Number.parseInt(key.slice(0, 2), 16) % 8)
  return Array.from({ length: pieces }, (_, index) => Buffer.from(`${key}:${index}\n`.repeat(7000)))
}
