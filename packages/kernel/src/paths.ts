import path from 'node:path'

/**
 * Paths that users choose (names of files in a dataset, artifacts of a run) are exact: they are accepted or refused, never repaired.
 * Accepted: relative, `/` between segments, no empty, `.` or `..` segment, no backslash, NUL or control character, no lone surrogate,
 * at most 1024 bytes in all and 255 a segment.
 */
export function isSafeRelativePath(candidate: string): boolean {
  if (candidate === '' || Buffer.byteLength(candidate) > 1024 || !candidate.isWellFormed()) return false
  // oxlint-disable-next-line no-control-regex -- refusing control characters is the point
  if (/[\u0000-\u001f\u007f\\]/.test(candidate)) return false
  return candidate
    .split('/')
    .every((segment) => segment !== '' && segment !== '.' && segment !== '..' && Buffer.byteLength(segment) <= 255)
}

/** The path itself if it is safe, else undefined. */
export function safeRelativePath(candidate: string): string | undefined {
  return isSafeRelativePath(candidate) ? candidate : undefined
}

/** Joins below `root` and throws if the result would lie outside of it. For names that were checked before; this is the second lock. */
export function joinInside(root: string, ...segments: string[]): string {
  const base = path.resolve(root)
  const target = path.resolve(base, ...segments)
  if (target !== base && !target.startsWith(base + path.sep))
    throw new Error(`path leaves its root: ${segments.join('/')}`)
  return target
}
