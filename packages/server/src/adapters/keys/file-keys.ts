import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import path from 'node:path'

import { hasCode, PortError } from '@mllab/kernel'

import type { KeyStore } from '../../ports/keys.ts'

/** The instance key: given by the operator, or made once and kept in `<folder>/instance.key`, readable by nobody else. */
export function createFileKeys({ folder, given }: { folder: string; given: string | undefined }): KeyStore {
  return {
    instanceKey: async () => {
      if (given !== undefined) return Buffer.from(given, 'base64')
      const file = path.join(folder, 'instance.key')
      const kept = await read(file)
      if (kept) return kept
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const key = randomBytes(32)
      const aside = `${file}.${randomBytes(6).toString('hex')}`
      const handle = await open(aside, 'wx', 0o600)
      try {
        await handle.writeFile(`${key.toString('base64')}\n`)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(aside, file)
      return key
    },
  }
}

async function read(file: string): Promise<Uint8Array | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  })
  if (text === undefined) return undefined
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== 32) throw new PortError('CORRUPT', `${file} does not hold a key of 32 bytes`)
  return key
}
