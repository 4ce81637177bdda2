import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import type { UploadMemory } from '@mllab/sdk'

import type { Surroundings } from '../surroundings.ts'

/** Remembers unfinished uploads to one server in the cache folder, a small file for each. */
export function fileMemory({ env, home }: Surroundings, url: string): UploadMemory {
  const folder = path.join(env['XDG_CACHE_HOME'] || path.join(home, '.cache'), 'mllab', 'uploads')
  const fileOf = (key: string) =>
    path.join(folder, createHash('sha256').update(`${url} ${key}`).digest('hex').slice(0, 32))
  return {
    getItem: (key) => readFile(fileOf(key), 'utf8').catch(() => null),
    setItem: async (key, value) => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeFile(fileOf(key), value, { mode: 0o600 })
    },
    removeItem: (key) => rm(fileOf(key), { force: true }),
  }
}
