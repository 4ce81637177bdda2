import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'

import { persistently, type Client, type FileEntry } from '@mllab/sdk'

import { Failure } from '../failures.ts'
import { chunksOf } from '../output/print.ts'

export interface FileToFetch {
  readonly project: string
  readonly path: string
  readonly version: number
  readonly entry: Pick<FileEntry, 'sizeBytes' | 'sha256'>
  readonly to: string
  /** How many bytes more are here; negative if some have to come again. */
  readonly advance: (bytes: number) => void
  readonly signal: AbortSignal
}

/**
 * Fetches one file beside its place, goes on where the connection broke, now or in an earlier run, and moves it there when its bytes are
 * the right ones.
 */
export async function fetchFile(client: Client, file: FileToFetch): Promise<void> {
  const { entry, to, signal } = file
  const aside = `${to}.${entry.sha256.slice(0, 16)}.part`
  await mkdir(path.dirname(to), { recursive: true })
  let hereBytes = await sizeOf(aside)
  if (hereBytes > entry.sizeBytes) {
    await rm(aside)
    hereBytes = 0
  }
  file.advance(hereBytes)
  await persistently(
    async (signal) => {
      try {
        await append(client, file, aside, hereBytes, signal)
      } finally {
        hereBytes = await sizeOf(aside)
      }
      if (hereBytes < entry.sizeBytes) throw new TypeError('the connection ended early')
    },
    { signal, deadlineMs: deadlineMs(entry.sizeBytes) },
  )
  if ((await sha256Of(aside)) !== entry.sha256) {
    await rm(aside)
    throw new Failure(`${to} did not arrive as it was sent.`, 'Run the command again.')
  }
  await rename(aside, to)
}

/** The bytes of a dataset or of a file below it, from the offset on. */
export async function openBytes(
  client: Client,
  { project, path, version }: { project: string; path: string; version: number | undefined },
  signal: AbortSignal,
  from = 0,
): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> {
  const query = version === undefined ? {} : { version }
  const headers: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {}
  return chunksOf(await client.files.download({ params: { project, path }, query }, { signal, headers }))
}

async function append(client: Client, file: FileToFetch, aside: string, from: number, signal: AbortSignal) {
  const handle = await open(aside, 'a', 0o666)
  try {
    if (from < file.entry.sizeBytes)
      for await (const chunk of await openBytes(client, file, signal, from)) {
        await handle.write(chunk)
        file.advance(chunk.byteLength)
      }
  } finally {
    await handle.close()
  }
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer) // of a stream without encoding
  return hash.digest('hex')
}

/** Ten minutes, and time for a line of 16 kB/s. */
function deadlineMs(sizeBytes: number): number {
  return Math.min(2 ** 31 - 1, 600_000 + Math.ceil(sizeBytes / 16))
}
