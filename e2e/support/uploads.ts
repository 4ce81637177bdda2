import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import type { Page } from 'playwright-core'

const MIB = 1024 ** 2

/** Presses a button that asks for files, and chooses these, or a whole folder. */
export async function chooseFiles(page: Page, button: string, file: string): Promise<void> {
  const asked = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: button }).click()
  await (await asked).setFiles(file)
}

/** Runs `work` with a connection that takes a megabyte a second, then lets it be fast again. */
export async function withSlowConnection(page: Page, work: () => Promise<void>): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const network = (uploadThroughput: number) =>
    session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    })
  await session.send('Network.enable')
  await network(MIB)
  try {
    await work()
  } finally {
    await network(-1)
    await session.detach()
  }
}

/** A folder called `name` of files that do not compress, for as long as `work` takes. */
export async function withFolder(
  name: string,
  { files, fileBytes }: { files: number; fileBytes: number },
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const parent = await mkdtemp(path.join(tmpdir(), 'mllab-e2e-files-'))
  const folder = path.join(parent, name)
  try {
    await mkdir(folder)
    for (let n = 1; n <= files; n += 1)
      await writeFile(path.join(folder, `label-${String(n).padStart(2, '0')}.jpg`), randomBytes(fileBytes))
    await work(folder)
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
}
