import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'

import type { Page } from 'playwright-core'

import { desktop } from './browser.ts'
import { repository } from './product.ts'
import { until } from './until.ts'

const looks = [
  { name: 'light', colorScheme: 'light', viewport: desktop },
  { name: 'dark', colorScheme: 'dark', viewport: desktop },
  { name: '390', colorScheme: 'light', viewport: { width: 390, height: 844 } },
] as const

export const lookNames = looks.map(({ name }) => name)
export const shots = path.join(repository, 'e2e', 'shots')

/** A page that was looked at. */
export interface Looked {
  readonly name: string
  /** Path and query. */
  readonly address: string
}
/** In the order of this run. */
export const looked: Looked[] = []

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * Looks at the page as it stands: light, dark and on a phone, a picture of each in e2e/shots, and what axe finds. Throws with all that is
 * serious, and when the page scrolls sideways.
 */
export async function lookAt(page: Page, name: string): Promise<void> {
  await mkdir(shots, { recursive: true })
  const { pathname, search } = new URL(page.url())
  looked.push({ name, address: pathname + search })
  const problems: string[] = []
  for (const look of looks) {
    await page.emulateMedia({ colorScheme: look.colorScheme })
    await page.setViewportSize(look.viewport)
    await settled(page)
    await page.screenshot({ path: path.join(shots, `${name}-${look.name}.png`), animations: 'disabled' })
    for (const problem of await audit(page)) problems.push(`${name} ${look.name}: ${problem}`)
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(desktop)
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

/** What a page says when it was left while it was looked at. */
const wasLeft = /context was destroyed|because of a navigation|Timeout \d+ms exceeded/

/** Does something with a page that leaves by itself: how much of it gets done is not certain, but what it finds until then counts. */
export async function inPassing(page: Page, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Error) || !wasLeft.test(error.message)) throw error
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(desktop)
}

/** A picture of whatever is there, for whoever has to find out what went wrong. */
export async function keepPicture(page: Page, name: string): Promise<string> {
  const file = path.join(shots, 'failed', `${name}.png`)
  await mkdir(path.dirname(file), { recursive: true })
  await page.screenshot({ path: file, timeout: 5000 }).catch(() => undefined)
  return file
}

/** True when fonts are here, skeletons are gone, and nothing moves but what always does. Runs in the page. */
const isSettled = `document.fonts.ready.then(() =>
  document.querySelectorAll('[class*=waiting]').length === 0 &&
  document.getAnimations().every(({ playState, effect }) =>
    playState === 'finished' || effect?.getComputedTiming().iterations === Infinity))`

export async function settled(page: Page): Promise<void> {
  await until('the page is settled', async () => (await page.evaluate<boolean>(isSettled)) || undefined)
}

interface Finding {
  readonly id: string
  readonly impact: string
  readonly help: string
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[]
}

/** What axe finds, and by how much the page is wider than the screen. Runs in the page, where axe was put before. */
const findings = `axe.run({
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
}).then(({ violations }) => ({
  violations,
  sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
}))`

async function audit(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations, sideways } = await page.evaluate<{ violations: readonly Finding[]; sideways: number }>(findings)
  return [
    ...violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(describe),
    ...(sideways > 0 ? [`the page is ${sideways} px wider than the screen`] : []),
  ]
}

function describe({ id, impact, help, nodes }: Finding): string {
  const places = nodes
    .slice(0, 3)
    .map(
      ({ target, failureSummary }) =>
        `    ${target.join(' ')}: ${failureSummary.split('\n').slice(1).join(' ').trim()}`,
    )
  return [`${impact} ${id}: ${help}`, ...places].join('\n')
}
