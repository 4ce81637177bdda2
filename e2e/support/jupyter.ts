import path from 'node:path'

import type { Page } from 'playwright-core'

/** A notebook may train for a while, on a machine that does other things too. */
const RUN_MS = 120_000
const START_MS = 60_000

interface Output {
  readonly output_type: string
  readonly text?: string | readonly string[]
  readonly data?: Readonly<Record<string, string | readonly string[]>>
  readonly ename?: string
  readonly evalue?: string
}

/** Waits until JupyterLab in this tab can be worked with. */
export async function jupyterReady(page: Page): Promise<void> {
  await page.locator('#jp-MainMenu').waitFor({ timeout: START_MS })
  await page.locator('#jupyterlab-splash').waitFor({ state: 'detached', timeout: START_MS })
  await page.locator('.jp-DirListing').waitFor()
}

/** Puts a file beside the others, as with the button of the file browser. */
export async function uploadToJupyter(page: Page, file: string): Promise<void> {
  const chosen = page.waitForEvent('filechooser')
  await page
    .locator('.jp-FileBrowser-toolbar')
    .getByRole('button', { name: /Upload/ })
    .click()
  await (await chosen).setFiles(file)
  await fileIn(page, path.basename(file)).waitFor()
}

/** Opens a notebook, runs all of it and saves it. Answers the text of its outputs; throws what a cell raised. */
export async function runNotebook(page: Page, name: string): Promise<string> {
  await fileIn(page, name).dblclick()
  const notebook = page.locator('.jp-NotebookPanel:visible')
  await notebook.locator('.jp-CodeCell').first().waitFor()
  await notebook.locator('[data-status=idle]').first().waitFor({ timeout: START_MS })
  await chooseInMenu(page, 'Run', /^Run All Cells/)
  // Waiting cells show [*]; afterwards they show their number, or nothing if one before them failed.
  const last = notebook.locator('.jp-CodeCell').last().locator('.jp-InputPrompt')
  await last.filter({ hasText: /[*\d]/ }).waitFor()
  await last.filter({ hasNotText: '*' }).waitFor({ timeout: RUN_MS })
  await chooseInMenu(page, 'File', /^Save Notebook(?! As)/)
  await page.locator('.jp-mod-dirty').waitFor({ state: 'detached' })
  return textOf(await savedOutputs(page, name))
}

async function chooseInMenu(page: Page, menu: string, item: RegExp): Promise<void> {
  await page.locator('#jp-MainMenu').getByText(menu, { exact: true }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

function fileIn(page: Page, name: string) {
  return page.locator('.jp-DirListing-item', { hasText: name })
}

/** Cells outside of the screen are not in the page, so what they printed is read from the file (Jupyter's contents API). */
async function savedOutputs(page: Page, name: string): Promise<Output[]> {
  const base = /^\/w\/[^/]+/.exec(new URL(page.url()).pathname)?.[0] ?? ''
  return await page.evaluate(async (address) => {
    const answer = (await (await fetch(address)).json()) as { content: { cells: { outputs?: Output[] }[] } }
    return answer.content.cells.flatMap(({ outputs = [] }) => outputs)
  }, `${base}/api/contents/${name}`)
}

function textOf(outputs: readonly Output[]): string {
  const failed = outputs.find((output) => output.output_type === 'error')
  if (failed) throw new Error(`The notebook failed: ${failed.ename}: ${failed.evalue}`)
  return outputs.map((output) => [output.text ?? output.data?.['text/plain'] ?? ''].flat().join('')).join('\n')
}
