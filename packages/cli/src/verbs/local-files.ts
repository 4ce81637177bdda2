import { openAsBlob } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import path from 'node:path'

import type { UploadFile } from '@mllab/sdk'

import { Failure } from '../failures.ts'

export interface LocalFiles {
  readonly files: readonly UploadFile[]
  readonly folder: boolean
}

/** The files to upload: one file, all of a folder by their paths in it, or several of both side by side. */
export async function localFiles(paths: readonly string[]): Promise<LocalFiles> {
  const [only] = paths
  if (only !== undefined && paths.length === 1) {
    const isFolder = (await inspect(only)).isDirectory()
    return { folder: isFolder, files: await filesOf(only, isFolder ? '' : path.basename(only)) }
  }
  const all = await Promise.all(paths.map((each) => filesOf(each, path.basename(path.resolve(each)))))
  return { folder: true, files: all.flat() }
}

/** Links are followed to files, and not into folders, which may lead in a circle. */
async function filesOf(place: string, name: string): Promise<UploadFile[]> {
  const facts = await inspect(place)
  if (facts.isFile()) return [{ path: name, bytes: await openAsBlob(place), modifiedAt: Math.trunc(facts.mtimeMs) }]
  if (!facts.isDirectory()) throw new Failure(`${place} is neither a file nor a folder.`, 'Leave it out.')
  const files: UploadFile[] = []
  for await (const entry of await opendir(place)) {
    const below = path.join(place, entry.name)
    if (entry.isSymbolicLink() && !(await inspect(below)).isFile()) continue
    if (entry.isDirectory() || entry.isFile() || entry.isSymbolicLink())
      files.push(...(await filesOf(below, name === '' ? entry.name : `${name}/${entry.name}`)))
  }
  return files
}

async function inspect(place: string) {
  try {
    return await stat(place)
  } catch (error) {
    throw new Failure(`${place} cannot be read: ${(error as Error).message}.`, 'Check the path.') // file errors are errors
  }
}
