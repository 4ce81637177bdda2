import type { FrameLocator, Page } from 'playwright-core'

import { until } from './until.ts'

const START_MS = 60_000

/** Waits until VS Code in this tab can be worked with: it shows its folder. */
export async function vscodeReady(page: Page): Promise<void> {
  await page.locator('.explorer-folders-view').waitFor({ timeout: START_MS })
  await page.locator('.statusbar-item').first().waitFor({ timeout: START_MS })
}

/** Puts this text into a file that is there, in the editor, and saves it. */
export async function editFile(page: Page, name: string, text: string): Promise<void> {
  await fileIn(page, name).dblclick()
  await page.locator('.tab.active', { hasText: name }).waitFor()
  await page.locator('.editor-instance .view-lines').first().click()
  await page.keyboard.press('Control+A')
  // At once: typed key by key, the editor would add brackets and indent by itself.
  await page.keyboard.insertText(text)
  await page.keyboard.press('Control+S')
  await page.locator('.tab.active.dirty').waitFor({ state: 'detached' })
}

/** Types a line into the terminal, which it opens if there is none. */
export async function typeInTerminal(page: Page, line: string): Promise<void> {
  const terminal = page.locator('.terminal-wrapper.active .xterm-screen').first()
  if (!(await terminal.isVisible())) await command(page, 'Terminal: Create New Terminal')
  await terminal.waitFor()
  await terminal.click()
  await page.keyboard.type(line)
  await page.keyboard.press('Enter')
}

/** Runs a command by its name, as with F1; again if the part of the editor that brings it was not there yet. */
export async function command(page: Page, name: string): Promise<void> {
  const row = page.locator('.quick-input-list .monaco-list-row').filter({ hasText: name }).first()
  await until(`the editor knows ${name}`, async () => {
    await page.keyboard.press('F1')
    await page.locator('.quick-input-widget input').first().fill(`>${name}`)
    const isKnown = await row.waitFor({ timeout: 2000 }).then(
      () => true,
      () => false,
    )
    await page.keyboard.press(isKnown ? 'Enter' : 'Escape')
    return isKnown || undefined
  })
}

/** What an extension shows in a frame of its own: the preview of a document. */
export function webview(page: Page): FrameLocator {
  return page.frameLocator('iframe.webview').last().frameLocator('iframe')
}

export function fileIn(page: Page, name: string) {
  return page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first()
}
