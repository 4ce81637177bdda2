import { LabError } from '@mllab/contract'
import { isSafeRelativePath } from '@mllab/kernel'

/** The folders a path lies in, outermost first: `a/b/c` → `a`, `a/b`. */
export function foldersOf(path: string): string[] {
  const segments = path.split('/')
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'))
}

/** What lies below a folder sorts from `from` up to `to`, which is excluded: `0` follows `/`. The root has no bounds. */
export function below(folder: string): { readonly from: string; readonly to: string | undefined } {
  return folder === '' ? { from: '', to: undefined } : { from: `${folder}/`, to: `${folder}0` }
}

/** Where a page of paths begins: behind one, or at it. */
export interface PageStart {
  readonly after?: string | undefined
  readonly at?: string
}

/** The path itself. Fails with `INVALID_INPUT` if it is not a plain relative one. */
export function safePath(path: string): string {
  if (!isSafeRelativePath(path))
    throw new LabError('INVALID_INPUT', {
      reason: `${JSON.stringify(path.slice(0, 100))} is not a plain relative path.`,
    })
  return path
}

/** As `safePath`. A name must not read like a key either, `name@version`, or one key would have two meanings. */
export function datasetName(name: string): string {
  if (/@\d+$/.test(name))
    throw new LabError('INVALID_INPUT', { reason: 'A name must not end in “@” and digits: that means a version.' })
  return safePath(name)
}

/** `a/b@3` is version 3 of `a/b`; without `@3` it is the latest. */
export function parseKey(key: string): { readonly path: string; readonly version: number | undefined } {
  const match = /^(.*)@(\d{1,9})$/.exec(key)
  return match ? { path: match[1] ?? '', version: Number(match[2]) } : { path: key, version: undefined }
}

/** Fails with `INVALID_INPUT` unless the paths can lie in one folder: none twice, none a file and a folder at once. */
export function requireDistinctPaths(paths: readonly string[]): void {
  const known = new Set(paths)
  if (known.size < paths.length) {
    const seen = new Set<string>()
    const twice = paths.find((path) => seen.size === seen.add(path).size) ?? ''
    throw new LabError('INVALID_INPUT', { reason: `${twice} is named twice.` })
  }
  const checked = new Set<string>()
  for (const path of paths)
    // From the inside out: what lies outside a folder that was checked was checked with it.
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      if (checked.has(folder)) break
      checked.add(folder)
      if (known.has(folder))
        throw new LabError('INVALID_INPUT', { reason: `${folder} is a file and a folder at once.` })
    }
}
