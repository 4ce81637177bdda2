import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import type { Surroundings } from '../surroundings.ts'

/** What `mllab login` keeps. The file is readable by its owner only: it holds a token. */
export interface StoredLogin {
  readonly url: string
  readonly username: string
  readonly token: string
  readonly tokenId: string
  readonly project?: string
}

export async function readLogin(surroundings: Surroundings): Promise<StoredLogin | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(surroundings), 'utf8')) as StoredLogin // written below
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

export async function writeLogin(surroundings: Surroundings, login: StoredLogin): Promise<string> {
  const file = fileOf(surroundings)
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const aside = `${file}.${process.pid}`
  await writeFile(aside, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600 })
  await rename(aside, file)
  return file
}

export async function removeLogin(surroundings: Surroundings): Promise<void> {
  await rm(fileOf(surroundings), { force: true })
}

function fileOf({ env, home }: Surroundings): string {
  return path.join(env['XDG_CONFIG_HOME'] || path.join(home, '.config'), 'mllab', 'config.json')
}
