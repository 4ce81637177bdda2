import assert from 'node:assert/strict'
import path from 'node:path'

import { jupyterReady, runNotebook, uploadToJupyter } from '../support/jupyter.ts'
import type { Stage } from '../support/journey.ts'
import { lookAt } from '../support/looks.ts'
import { repository } from '../support/product.ts'
import { chooseFiles, withFolder, withSlowConnection } from '../support/uploads.ts'

const example = (name: string) => path.join(repository, 'examples', 'wine-quality', name)
const START_MS = 120_000

/** From a fresh machine to an answer from a deployed model, in the browser, with the example that ships with it. */
export async function wholeLoop({ product, step, visitor, picture }: Stage): Promise<void> {
  const { page, context } = await visitor()
  const project = `${product.url}/app/p/wine-quality`

  await step('the setup link makes the administrator and the first project', async () => {
    await page.goto(product.setupLink)
    await page.getByLabel('Password', { exact: true }).fill('a long enough phrase')
    await page.getByLabel('First project').fill('Wine quality')
    await lookAt(page, 'setup')
    await picture(page, 'setup')
    await page.getByRole('button', { name: 'Create administrator and project' }).click()
    await page.waitForURL(project)
  })

  await step('a file and a folder are uploaded, with progress', async () => {
    await page.getByRole('link', { name: 'Data' }).first().click()
    await page.getByText('No data yet').waitFor()
    await lookAt(page, 'data-empty')
    await chooseFiles(page, 'Choose files', example('wine.csv'))
    await page.getByText('Version 1 is here').waitFor()
    await withFolder('labels', { files: 24, fileBytes: 256 * 1024 }, async (folder) => {
      await withSlowConnection(page, async () => {
        await chooseFiles(page, 'Upload folder', folder)
        await page.getByRole('progressbar', { name: 'labels' }).waitFor()
        await lookAt(page, 'data-uploading')
      })
      await page.getByText('Version 1 is here').nth(1).waitFor()
    })
    await lookAt(page, 'data')
    await picture(page, 'data')
    await page.getByRole('grid').getByRole('link', { name: 'labels' }).click()
    await page.getByText('label-24.jpg').waitFor()
    await lookAt(page, 'dataset')
  })

  const lab = await step(
    'a click starts a workspace, and JupyterLab opens by itself in an origin of its own',
    async () => {
      await page.getByRole('link', { name: 'Workspaces' }).first().click()
      await page.getByRole('button', { name: 'Start JupyterLab' }).waitFor()
      await lookAt(page, 'workspaces-empty')
      await page.getByRole('button', { name: 'Start JupyterLab' }).click()
      await page.getByText('opens by itself').waitFor()
      await lookAt(page, 'workspace-starting')
      await picture(page, 'workspace-starting')
      await page.waitForURL(/^http:\/\/[a-z0-9-]+\.localhost:\d+\/w\//, { timeout: START_MS })
      await jupyterReady(page)
      return page
    },
  )

  await step('the notebook trains and registers with nothing configured', async () => {
    await uploadToJupyter(lab, example('wine_quality.ipynb'))
    const output = await runNotebook(lab, 'wine_quality.ipynb')
    assert.match(output, /predicted/)
  })
  void context
}
