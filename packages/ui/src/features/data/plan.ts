import type { DroppedFile } from '../../lib/dropped-files.ts'

/** One upload that a choice of files leads to: a dataset of a single file, or of a folder. */
export interface UploadPlan {
  /** A dataset unless it says so. */
  kind?: 'model'
  name: string
  folder: boolean
  files: readonly DroppedFile[]
}

/**
 * What chosen or dropped files become: each loose file a dataset of its own, each folder one dataset named like it.
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
  return [...[...folders].map(([name, inside]) => ({ name, folder: true, files: inside })), ...loose]
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
  return { ...dataset, files: inside }
}

export const totalBytes = (plan: UploadPlan) => plan.files.reduce((sum, { file }) => sum + file.size, 0)
