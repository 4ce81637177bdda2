import type { Page } from 'playwright-core'

import { administrator, logIn } from '../support/accounts.ts'
import type { Stage } from '../support/journey.ts'
import { lookAt } from '../support/looks.ts'
import { deploy, makeProject, project, train } from '../support/team.ts'

/** Every page with data on it: nothing serious for axe, nothing wider than a phone, and a picture of each for people to look at. */
export async function pages(stage: Stage): Promise<void> {
  const { product, step, visitor } = stage
  const caller = await administrator(product)
  await step('a project of a small team', () => makeProject(product, caller))
  await step('its runs and models', () => train(product, caller))
  await step('its services, one of them failed', () => deploy(caller))
  await lookAtPages((await visitor()).page, product.url, step)
}

/** Goes through the pages of the team's project. */
export async function lookAtPages(page: Page, url: string, step: Stage['step']): Promise<void> {
  const at = (place: string) => `${url}/app/p/${project}${place}`
  const look = async (name: string, place: string, sign: string) => {
    await page.goto(place.startsWith('/app/') ? url + place : at(place))
    await page.getByText(sign, { exact: false }).first().waitFor()
    await lookAt(page, name)
  }

  await step('home and data', async () => {
    await page.goto(at(''))
    await logIn(page, 'admin')
    await page.getByText('Recent runs').waitFor()
    await look('churn-home', '', 'Recent runs')
    await look('churn-data', '/data', 'customers.csv')
    await look('churn-dataset-file', '/data/customers.csv', 'SHA-256')
    await look('churn-dataset-folder', '/data/photos', 'front-01.jpg')
    await look('churn-dataset-use', '/data/photos?tab=use', 'Python')
  })

  await step('experiments and runs', async () => {
    await look('churn-experiments', '/experiments', 'churn-xgb')
    await look('churn-runs', '/experiments?view=runs', 'tabnet-baseline-04')
    await look('churn-experiment', '/experiments/1', 'xgb-d10-eta05-111')
    for (const name of ['xgb-d8-eta03-106', 'xgb-d8-eta05-110'])
      await page.getByRole('checkbox', { name: `Choose ${name}` }).check()
    await lookAt(page, 'churn-experiment-chosen')
    await page.getByRole('link', { name: 'xgb-d8-eta05-110' }).click()
    await page.locator('canvas').first().waitFor()
    await lookAt(page, 'churn-run')
    await page.getByRole('link', { name: /^Metrics/ }).click()
    await lookAt(page, 'churn-run-metrics')
    await page.getByRole('link', { name: /^Artifacts/ }).click()
    await page.getByText('report.json').click()
    await page.getByText('customers.csv@3').waitFor()
    await lookAt(page, 'churn-run-artifacts')
    await page.goto(at('/experiments?view=runs'))
    await page.getByRole('link', { name: 'tabnet-baseline-04' }).click()
    await page.getByText('No metric yet').waitFor()
    await lookAt(page, 'churn-run-failed')
  })

  await step('models', async () => {
    await look('churn-models', '/models', 'churn-classifier')
    await look('churn-model', '/models/churn-classifier', 'tickets_90d')
    for (const version of ['v3', 'v2']) await page.getByRole('checkbox', { name: `Choose ${version}` }).check()
    await page.getByRole('heading', { name: 'Compare' }).waitFor()
    await lookAt(page, 'churn-model-compared')
    await look('churn-model-deploy', '/models/churn-classifier?deploy=3', 'What it does')
  })

  await step('workspaces and services', async () => {
    await look('churn-workspaces', '/workspaces', 'Annotate Q3')
    await look('churn-workspace-form', '/workspaces?new=', 'Memory limit')
    await look('churn-workspace', '/workspaces/mara', 'CPU')
    await look('churn-workspace-stopped', '/workspaces/annotate-q3', 'Its files are kept')
    await look('churn-services', '/services', 'churn-scorer')
    await look('churn-service-form', '/services?new=', 'What it does')
    await look('churn-service', '/services/churn-scorer', 'CPU')
    await look('churn-service-failed', '/services/churn-canary', 'What to do')
  })

  await step('people, settings, and what belongs to no project', async () => {
    await look('churn-members', '/members', 'Jonas Wolf')
    await look('churn-settings', '/settings', 'Delete project')
    await look('churn-projects', '/app/projects', 'Churn')
    await look('churn-new-project', '/app/new', 'Create project')
    await look('churn-account', '/app/account', 'Sessions')
    await look('churn-users', '/app/admin/users', 'Jonas Wolf')
    await look('churn-missing', '/nowhere', 'Nothing at this address')
  })

  await step('what opens over a page', async () => {
    await page.goto(at(''))
    await page.getByText('Recent runs').waitFor()
    await openPalette(page, 'chu', 'churn-xgb')
    await lookAt(page, 'churn-palette')
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    await lookAt(page, 'churn-keys')
  })
}

async function openPalette(page: Page, text: string, found: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill(text)
  await page.getByRole('option', { name: found }).waitFor()
}
