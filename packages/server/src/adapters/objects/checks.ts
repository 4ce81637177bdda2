import { PortError } from '@mllab/kernel'

import { isObjectKey, type ByteRange, type ObjectKey, type PartTag } from '../../ports/objects.ts'

/** S3's limit, kept on files too, so that an upload that works on one store works on the other. */
const MAX_PARTS = 10_000

/** The second lock before a key becomes a path or a name in a bucket; the type is the first. */
export function requireKey(key: ObjectKey): ObjectKey {
  if (!isObjectKey(key)) throw new PortError('INVALID', 'Not an object key')
  return key
}

export function requirePartNumber(number: number): number {
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PARTS) return number
  throw new PortError('INVALID', `Part numbers go from 1 to ${MAX_PARTS}, not ${number}`)
}

export interface PartList {
  /** Ascending by number. */
  readonly parts: readonly PartTag[]
  readonly sizeBytes: number
}

/** The parts in their order. Gaps are allowed, as S3 does; a number that comes twice is not. */
export function requireParts(parts: readonly PartTag[]): PartList {
  if (parts.length === 0) throw new PortError('INVALID', 'An upload needs at least one part')
  const ordered = parts.toSorted((a, b) => a.number - b.number)
  for (const [index, part] of ordered.entries()) {
    requirePartNumber(part.number)
    if (ordered[index - 1]?.number === part.number) throw new PortError('INVALID', `Part ${part.number} is named twice`)
  }
  return { parts: ordered, sizeBytes: ordered.reduce((sum, part) => sum + part.sizeBytes, 0) }
}

export function requireRange(range: ByteRange): ByteRange {
  const { start, end } = range
  const valid =
    Number.isSafeInteger(start) && start >= 0 && (end === undefined || (Number.isSafeInteger(end) && end >= start))
  if (!valid) throw new PortError('INVALID', `Not a byte range: ${start} to ${end ?? 'the end'}`)
  return range
}
