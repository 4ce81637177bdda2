import { execFile } from 'node:child_process'
import { chmod, mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A file system of its own in a file: what fills it fills nothing else. Needs root and a loop device. */
export interface SmallDisk {
  readonly folder: string
  close(): Promise<void>
}

/** `mode` is that of its root. */
export async function mountSmallDisk(folder: string, bytes: number, mode = 0o755): Promise<SmallDisk> {
  const file = `${folder}.disk`
  await mkdir(path.dirname(folder), { recursive: true })
  await mkdir(folder)
  const handle = await open(file, 'w')
  await handle.truncate(bytes)
  await handle.close()
  await run('/sbin/mkfs.ext4', ['-q', '-F', '-m', '0', '-O', '^has_journal', file])
  await run('/bin/mount', ['-o', 'loop', file, folder])
  await chmod(folder, mode)
  return {
    folder,
    close: async () => {
      // Whoever was killed a moment ago may still hold it; it goes when he does.
      await run('/bin/umount', ['--lazy', folder])
      await rm(file, { force: true })
      await rm(folder, { recursive: true, force: true })
    },
  }
}
