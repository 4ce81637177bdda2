import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'

import { hasCode } from '@mllab/kernel'

import { isObjectKey, type ObjectKey, type StoredObject } from '../../../ports/objects.ts'
import { mapConcurrent } from '../concurrent.ts'
import type { Layout } from './layout.ts'

export interface ListedObject extends StoredObject {
  readonly modifiedAt: number
}

/** One page in the order of the keys; the folders are named after the keys' beginnings, so they are walked in the same order. */
export async function listObjects(
  layout: Layout,
  options: { readonly after?: ObjectKey; readonly limit: number },
): Promise<readonly ListedObject[]> {
  const after = options.after ?? ''
  const page: ListedObject[] = []
  for await (const folder of keyFolders(layout.root, after)) {
    const names = await namesIn(folder)
    const keys = names.filter((name) => isObjectKey(name)).filter((key) => key > after)
    const wanted = keys.slice(0, options.limit - page.length)
    const found = await mapConcurrent(wanted, 16, (key) => describe(layout, key))
    page.push(...found.filter((object) => object !== undefined))
    if (page.length >= options.limit) break
  }
  return page
}

/** The folders `ab/cd` that may hold keys behind `after`, ascending. */
async function* keyFolders(root: string, after: string): AsyncGenerator<string, void> {
  for (const outer of await namesIn(root)) {
    if (!isHexByte(outer) || outer < after.slice(0, 2)) continue
    for (const inner of await namesIn(path.join(root, outer)))
      if (isHexByte(inner) && outer + inner >= after.slice(0, 4)) yield path.join(root, outer, inner)
  }
}

async function describe(layout: Layout, key: ObjectKey): Promise<ListedObject | undefined> {
  try {
    const { size, mtimeMs } = await stat(layout.object(key))
    return { key, sizeBytes: size, modifiedAt: Math.floor(mtimeMs) }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined // deleted since the folder was read
    throw error
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).toSorted()
}

function isHexByte(name: string): boolean {
  return /^[0-9a-f]{2}$/.test(name)
}
