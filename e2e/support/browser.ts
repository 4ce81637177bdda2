import { existsSync } from 'node:fs'

import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

/** Debian's Chromium, with a user data folder of its own that goes when it ends. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
  if (!existsSync(executablePath))
    throw new Error(`There is no ${executablePath}: install chromium, or name another one with CHROMIUM`)
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--font-render-hinting=none',
    ],
  })
}

/** A person at a screen: cookies of their own, and every script error of their pages noted. */
export interface Visitor {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors of scripts in the platform's pages so far. */
  readonly problems: readonly string[]
}

export const desktop = { width: 1440, height: 900 }
/** Refused requests and lost connections are asked for on purpose; what the page makes of them is looked at there. */
const aboutNetwork = /^(Failed to load resource|WebSocket connection to)/
const ACTION_MS = 30_000

export async function visitor(browser: Browser, platformUrl: string): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: desktop,
    colorScheme: 'light',
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(ACTION_MS)
  const problems: string[] = []
  const isOurs = (page: Page) => page.url().startsWith(`${platformUrl}/`)
  context.on('weberror', (error) => {
    const page = error.page()
    if (page && isOurs(page)) problems.push(`${page.url()}: ${error.error().message}`)
  })
  context.on('console', (message) => {
    const page = message.page()
    if (message.type() === 'error' && page && isOurs(page) && !aboutNetwork.test(message.text()))
      problems.push(`${page.url()}: ${message.text()}`)
  })
  return { context, page: await context.newPage(), problems }
}
