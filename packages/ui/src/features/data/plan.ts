import type { DroppedFile } from '../../lib/dropped-files.ts'

/** One upload that a choice of files leads to: a dataset of a single file, or of a folder. */
export interface UploadPlan {
  name: string
  folder: boolean
  files: readonly DroppedFile[]
}

/** The API takes this many entries in one call. */
export const entriesPerCall = 5000

/**
 * What chosen or dropped files become: each loose file a dataset of its own, each folder one dataset named like it. Paths inside a
 * folder are sorted, so that choosing it again later gives the same stream of bytes.
 */
export function planNew(files: readonly DroppedFile[]): UploadPlan[] {
  const folders = new Map<string, DroppedFile[]>()
  const loose: UploadPlan[] = []
  for (const { path, file } of files) {
    const [top = '', ...rest] = path.split('/')
    if (rest.length === 0) loose.push({ name: path, folder: false, files: [{ path, file }] })
    else {
      const inside = folders.get(top) ?? []
      inside.push({ path: rest.join('/'), file })
      folders.set(top, inside)
    }
  }
  return [...[...folders].map(([name, inside]) => ({ name, folder: true, files: sorted(inside) })), ...loose]
}

/** What the files become as the next version of a dataset; a word why not if they do not fit it. */
export function planVersion(
  dataset: { name: string; folder: boolean },
  files: readonly DroppedFile[],
): UploadPlan | 'one-file' | 'nothing' {
  if (files.length === 0) return 'nothing'
  if (!dataset.folder) return files.length === 1 ? { ...dataset, files } : 'one-file'
  const tops = new Set(files.map(({ path }) => path.split('/')[0]))
  const inOneFolder = tops.size === 1 && files.every(({ path }) => path.includes('/'))
  const inside = inOneFolder
    ? files.map(({ path, file }) => ({ path: path.slice(path.indexOf('/') + 1), file }))
    : files
  return { ...dataset, files: sorted(inside) }
}

export const totalBytes = (plan: UploadPlan) => plan.files.reduce((sum, { file }) => sum + file.size, 0)

const sorted = (files: readonly DroppedFile[]) =>
  files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))

/** Lists of at most `size`. */
export function portions<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  )
}

export interface Slice {
  /** Index of the file. */
  file: number
  from: number
  to: number
}

/**
 * An upload is one stream, its files one after the other, cut into parts of `partBytes`. Answers how to cut it: call with the number of
 * a part, from 1, to get the pieces of files it consists of. Finding a part costs the logarithm of the number of files.
 */
export function cutInto(sizes: readonly number[], partBytes: number): (part: number) => Slice[] {
  const starts: number[] = []
  let total = 0
  for (const size of sizes) {
    starts.push(total)
    total += size
  }
  return (part) => {
    const from = (part - 1) * partBytes
    const to = Math.min(total, part * partBytes)
    const slices: Slice[] = []
    for (let file = firstEndingAfter(from); file < sizes.length && (starts[file] ?? 0) < to; file += 1) {
      const start = starts[file] ?? 0
      const piece = { file, from: Math.max(0, from - start), to: Math.min(sizes[file] ?? 0, to - start) }
      if (piece.to > piece.from) slices.push(piece)
    }
    return slices
  }

  function firstEndingAfter(position: number): number {
    let low = 0
    let high = sizes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) + (sizes[middle] ?? 0) > position) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** The numbers of parts that are still to be sent. */
export function missingParts(parts: number, received: readonly number[]): number[] {
  const here = new Set(received)
  return Array.from({ length: parts }, (_, index) => index + 1).filter((part) => !here.has(part))
}

/** Size of a part in bytes; the last may be shorter. */
export const partSize = (part: number, partBytes: number, total: number) =>
  Math.max(0, Math.min(total, part * partBytes) - (part - 1) * partBytes)
