import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import type { Page } from 'playwright-core'

import { desktop } from './browser.ts'
import { settled } from './looks.ts'
import { decodePng, difference, encodePalette } from './png.ts'
import { repository } from './product.ts'

const LIMIT_BYTES = 150_000
/** Below this share of its pixels a picture shows the same: a time, an id. */
const SAME_BELOW = 0.004
const size = { width: 1200, height: 720 }

/** Takes a picture for the guides into docs/pictures, unless the one that is there shows the same. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await page.setViewportSize(size)
  await settled(page)
  const image = decodePng(await page.screenshot({ animations: 'disabled', caret: 'hide' }))
  await page.setViewportSize(desktop)
  const file = path.join(repository, 'docs', 'pictures', `${name}.png`)
  const there = await readFile(file).catch(() => undefined)
  if (there && difference(decodePng(there), image) < SAME_BELOW) return
  const bytes = encodePalette(image)
  if (bytes.length > LIMIT_BYTES) throw new Error(`${name}.png has ${bytes.length} bytes, more than ${LIMIT_BYTES}`)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, bytes)
  process.stdout.write(`    new picture: ${path.relative(repository, file)} (${Math.round(bytes.length / 1000)} kB)\n`)
}
