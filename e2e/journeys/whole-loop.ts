import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

import type { Page } from 'playwright-core'

import { callerOf, password } from '../support/accounts.ts'
import { runCommandsOf, runShell } from '../support/commands.ts'
import { jupyterReady, runNotebook, uploadToJupyter } from '../support/jupyter.ts'
import type { Stage } from '../support/journey.ts'
import { inPassing, lookAt } from '../support/looks.ts'
import { bareEnvironment, converse, pythonFolder } from '../support/python.ts'
import { repository } from '../support/product.ts'
import { chooseFiles, withFolder, withSlowConnection } from '../support/uploads.ts'

const example = (name: string) => path.join(repository, 'examples', 'wine-quality', name)
const appsOrigin = /^http:\/\/[a-z0-9-]+\.localhost:\d+\/w\//
const START_MS = 120_000

/** From a fresh machine to an answer from a deployed model, in the browser, with the example that ships with it. */
export async function wholeLoop({ product, step, visitor, picture }: Stage): Promise<void> {
  const { page, context } = await visitor()
  const project = `${product.url}/app/p/wine-quality`

  await step('the setup link makes the administrator and the first project', async () => {
    await page.goto(product.setupLink)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByLabel('First project').fill('Wine quality')
    await lookAt(page, 'setup')
    await picture(page, 'setup')
    await page.getByRole('button', { name: 'Create administrator and project' }).click()
    await page.waitForURL(project)
    await page.getByText('0 of 5 done').waitFor()
    await lookAt(page, 'home-first')
    await picture(page, 'first-steps')
  })

  await step('a file and a folder are uploaded, with progress', async () => {
    await page.getByRole('link', { name: 'Data' }).first().click()
    await page.getByText('No data yet').waitFor()
    await lookAt(page, 'data-empty')
    await chooseFiles(page, 'Choose files', example('wine.csv'))
    await page.getByRole('grid').getByRole('link', { name: 'wine.csv' }).waitFor()
    await withFolder('labels', { files: 24, fileBytes: 256 * 1024 }, async (folder) => {
      await withSlowConnection(page, async () => {
        await chooseFiles(page, 'Upload folder', folder)
        await page.getByRole('progressbar', { name: 'labels' }).waitFor()
        await lookAt(page, 'data-uploading')
      })
      await page.getByRole('grid').getByRole('link', { name: 'labels' }).waitFor()
    })
    await lookAt(page, 'data')
    await picture(page, 'data')
    await page.getByRole('grid').getByRole('link', { name: 'labels' }).click()
    await page.getByText('label-24.jpg').waitFor()
    await lookAt(page, 'dataset')
  })

  const lab = await step(
    'a click starts a workspace, its page shows what happens, and JupyterLab opens by itself in an origin of its own [WSP-46]',
    async () => {
      await page.getByRole('link', { name: 'Workspaces' }).first().click()
      await page.getByRole('button', { name: 'Start JupyterLab' }).waitFor()
      await lookAt(page, 'workspaces-empty')
      await page.getByRole('button', { name: 'Start JupyterLab' }).click()
      // Half a minute on a machine that starts one for the first time, half a second on one that has its environment.
      await inPassing(page, async () => {
        await page.getByText('opens by itself').waitFor({ timeout: 3000 })
        await picture(page, 'workspace-starting')
        await lookAt(page, 'workspace-starting')
      })
      await page.waitForURL(appsOrigin, { timeout: START_MS })
      await jupyterReady(page)
      return page
    },
  )

  const watching = await context.newPage()
  await step('the notebook trains with nothing configured, and its runs appear in a table that is open', async () => {
    await watching.goto(`${project}/experiments?view=runs`)
    await watching.getByText('No run yet').waitFor()
    await lookAt(watching, 'runs-none')
    await uploadToJupyter(lab, example('wine_quality.ipynb'))
    const output = await runNotebook(lab, 'wine_quality.ipynb')
    assert.match(output, /cultivar +predicted\n0 .* 0 +0\n70 .* 1 +1\n150 .* 2 +2$/m)
    await picture(lab, 'jupyterlab')
    // The first run fills the table, those that come after it wait behind a word above it.
    await watching.getByRole('link', { name: 'learning-rate-0.02', exact: true }).waitFor()
    await watching.getByRole('button', { name: '2 new runs' }).click()
    for (const rate of ['0.1', '0.5'])
      await watching.getByRole('link', { name: `learning-rate-${rate}`, exact: true }).waitFor()
    await lookAt(watching, 'runs')
    await picture(watching, 'runs')
    await watching.getByRole('link', { name: 'Experiments', exact: true }).last().click()
    await watching.getByRole('link', { name: 'wine-quality' }).last().waitFor()
    await lookAt(watching, 'experiments')
  })

  await step('the page of a run has its curves, metrics and artifacts', async () => {
    await watching.getByRole('link', { name: 'wine-quality' }).last().click()
    await watching.getByRole('link', { name: 'learning-rate-0.1', exact: true }).click()
    await watching.getByRole('heading', { name: 'learning-rate-0.1' }).waitFor()
    await watching.locator('canvas').first().waitFor()
    await lookAt(watching, 'run')
    await picture(watching, 'run')
    await watching.getByRole('link', { name: /^Metrics/ }).click()
    await watching.getByText('test_accuracy').first().waitFor()
    await lookAt(watching, 'run-metrics')
    await watching.getByRole('link', { name: /^Artifacts/ }).click()
    await watching.getByText('estimator.html').first().waitFor()
    await lookAt(watching, 'run-artifacts')
  })

  const { token } = await callerOf(product, 'admin')
  const python = await pythonFolder(product)
  await step('an mlflow script outside needs two variables, and its run is live', async () => {
    const outside = bareEnvironment(python, {
      MLFLOW_TRACKING_URI: `${product.url}/mlflow/wine-quality`,
      MLFLOW_TRACKING_TOKEN: token,
    })
    const script = converse('python', [path.join(repository, 'e2e', 'clients', 'curve.py')], outside)
    const run = await script.hear()
    const log = async (...losses: string[]) => {
      for (const loss of losses) {
        script.say(loss)
        await script.hear()
      }
    }
    await log('0.9', '0.7', '0.6')
    // The link that the client prints.
    await watching.goto(`${product.url}/mlflow/wine-quality/#/experiments/2/runs/${run}`)
    await watching.getByRole('heading', { name: 'typed-in' }).waitFor()
    await watching.getByRole('link', { name: /^Metrics/ }).click()
    await watching.getByText('0.6000', { exact: true }).first().waitFor()
    await log('0.55', '0.5125')
    await watching.getByText('0.5125', { exact: true }).first().waitFor({ timeout: 5000 })
    await lookAt(watching, 'run-live')
    await script.end()
    await status(watching, 'Finished').waitFor({ timeout: 5000 })
  })

  await step('the registered model has a page that says what it takes and gives', async () => {
    await watching.getByRole('link', { name: 'Models', exact: true }).first().click()
    await watching.getByRole('link', { name: 'wine-quality' }).last().waitFor()
    await lookAt(watching, 'models')
    await watching.getByRole('link', { name: 'wine-quality' }).last().click()
    await watching.getByText('alcalinity_of_ash').first().waitFor()
    await lookAt(watching, 'model')
    await picture(watching, 'model')
  })

  await step('one click deploys it, and the service runs', async () => {
    await watching.getByRole('button', { name: 'Deploy with options…' }).click()
    await watching.getByRole('button', { name: 'Deploy service' }).waitFor()
    await lookAt(watching, 'deploy')
    await watching.getByRole('button', { name: 'Cancel' }).click()
    await watching.getByRole('button', { name: 'Deploy model' }).click()
    await watching.waitForURL(`${project}/services/wine-quality`)
    await status(watching, 'Starting').waitFor()
    await lookAt(watching, 'service-starting')
    await status(watching, 'Running').waitFor({ timeout: START_MS })
    await lookAt(watching, 'service')
  })

  await step('Try it predicts what the notebook predicted', async () => {
    await watching.getByRole('button', { name: 'Send request' }).click()
    await watching
      .getByText(/"predictions"/)
      .last()
      .waitFor()
    await watching.locator('canvas').first().waitFor()
    await lookAt(watching, 'service-tried')
    await picture(watching, 'service')
    await watching.getByRole('button', { name: 'Edit as JSON' }).click()
    await watching.getByLabel('Body').fill(await readFile(example('wines.json'), 'utf8'))
    await watching.getByRole('button', { name: 'Send request' }).click()
    await watching.getByText(/\{"predictions":\[0,1,2\]\}/).waitFor()
  })

  const asked = await step(
    'curl with a token from the page gets the same, and so do the commands of the example',
    async () => {
      await watching.getByRole('button', { name: 'Make token' }).click()
      const line = await watching.getByText(/^export \w+=mlp_/).innerText()
      await watching.getByRole('tab', { name: 'curl' }).click()
      const shown = await watching
        .getByText(/^curl /)
        .first()
        .innerText()
      const surroundings = {
        url: product.url,
        token: /mlp_\S+/.exec(line)?.[0] ?? '',
        env: bareEnvironment(python, {}),
      }
      assert.match(await runShell(`${line}\n${shown}`, surroundings.env), /"predictions": \[\d\]/)
      const output = await runCommandsOf('examples/wine-quality/README.md', surroundings)
      assert.match(output, /"predictions": \[0, 1, 2\]/)
      assert.match(output, /17\d of 178 are right/)
      assert.match(output, /registered wine-quality version 2/)
      return surroundings
    },
  )

  await step('the workspace stops', async () => {
    await watching
      .getByRole('link', { name: /^Workspaces/ })
      .first()
      .click()
    await watching.getByRole('link', { name: 'admin', exact: true }).last().waitFor()
    await lookAt(watching, 'workspaces')
    await watching.getByRole('link', { name: 'admin', exact: true }).last().click()
    await lookAt(watching, 'workspace')
    await watching.getByRole('button', { name: 'Stop', exact: true }).click()
    await status(watching, 'Stopped').waitFor()
    await lookAt(watching, 'workspace-stopped')
  })

  await step('after a restart of the server everything is there, and the service answers', async () => {
    assert.equal(await product.restart(), 0)
    assert.match(await runCommandsOf('docs/guides/first-model.md', asked), /"predictions": \[0, 1, 2\]/)
    await watching.goto(project)
    await watching.getByRole('heading', { name: 'Running now' }).waitFor()
    await lookAt(watching, 'home')
    await picture(watching, 'home')
    for (const [section, name] of [
      ['data', 'wine.csv'],
      ['data', 'labels'],
      ['experiments', 'wine-quality'],
      ['models', 'wine-quality'],
      ['services', 'wine-quality'],
    ] as const) {
      await watching.goto(`${project}/${section}`)
      await watching.getByRole('grid').getByRole('link', { name, exact: true }).first().waitFor()
    }
    await lookAt(watching, 'services')
  })

  await step('the workspace starts again with its files', async () => {
    await watching.goto(`${project}/workspaces`)
    await watching.getByRole('button', { name: 'Start', exact: true }).click()
    await watching.waitForURL(appsOrigin, { timeout: START_MS })
    await jupyterReady(watching)
    await watching.locator('.jp-DirListing-item', { hasText: 'wine_quality.ipynb' }).waitFor()
  })
}

/** What the page says of its object; the rail beside it counts others. */
function status(page: Page, word: string) {
  return page.locator('#content').getByText(word, { exact: true }).first()
}
