import type { Browser, Page } from 'playwright-core'

import { visitor, type Visitor } from './browser.ts'
import { keepPicture } from './looks.ts'
import type { Product } from './product.ts'

/** What a journey has to work with. Its steps build on each other, so the first that fails ends it. */
export interface Stage {
  readonly product: Product
  /** One thing that somebody does and sees. Counts as a test. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>
  /** A new person at a screen of their own. */
  visitor(): Promise<Visitor>
  /** Keeps a picture of the page for the guides, if pictures are wanted in this run. */
  picture(page: Page, name: string): Promise<void>
}

export type Journey = (stage: Stage) => Promise<void>

export interface Count {
  readonly passed: number
  readonly failed: number
}

interface Setting {
  readonly product: Product
  readonly browser: Browser
  readonly takePicture: (page: Page, name: string) => Promise<void>
}

/** Runs a journey and tells each step with its time. */
export async function runJourney(name: string, journey: Journey, setting: Setting): Promise<Count> {
  const visitors: Visitor[] = []
  let passed = 0
  let failed = 0
  let problems = 0
  const stage: Stage = {
    product: setting.product,
    picture: setting.takePicture,
    visitor: async () => {
      const made = await visitor(setting.browser, setting.product.url)
      visitors.push(made)
      return made
    },
    step: async (title, work) => {
      const before = performance.now()
      const result = await work()
      const heard = visitors.flatMap((one) => one.problems)
      if (heard.length > problems) throw new Error(`Errors in the page:\n${heard.slice(problems).join('\n')}`)
      problems = heard.length
      passed += 1
      process.stdout.write(`  ✓ ${name}: ${title} (${((performance.now() - before) / 1000).toFixed(1)} s)\n`)
      return result
    },
  }
  try {
    await journey(withTitles(stage, name))
  } catch (error) {
    failed += 1
    process.stdout.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    await tell(name, visitors, setting.product)
  }
  for (const { context } of visitors) await context.close()
  return { passed, failed }
}

/** Names the step that failed, before what it says. */
function withTitles(stage: Stage, name: string): Stage {
  return {
    ...stage,
    step: (title, work) =>
      stage.step(title, work).catch((error: unknown) => {
        process.stdout.write(`  ✗ ${name}: ${title}\n`)
        throw error
      }),
  }
}

async function tell(name: string, visitors: readonly Visitor[], product: Product): Promise<void> {
  for (const problem of visitors.flatMap(({ problems }) => problems))
    process.stdout.write(`  in the page: ${problem}\n`)
  const pages = visitors.flatMap(({ context }) => context.pages())
  for (const [index, page] of pages.entries())
    process.stdout.write(`  page ${page.url()}: ${await keepPicture(page, `${name}-${index}`)}\n`)
  process.stdout.write(`  the server said last:\n${product.output().split('\n').slice(-15).join('\n')}\n`)
}
