import assert from 'node:assert/strict'

import type { Page } from 'playwright-core'
import { createClient, uploadFiles } from '@mllab/sdk'

import { administrator, logIn, password } from '../support/accounts.ts'
import type { Stage } from '../support/journey.ts'
import { lookAt } from '../support/looks.ts'

const project = 'lab-of-two'
const START_MS = 120_000

/** Everything that is said about a workspace when it is started, and everything that can be done with it afterwards. */
export async function workspaces(stage: Stage): Promise<void> {
  const { product, step, visitor } = stage
  const { api } = await administrator(product)
  const params = { project }
  const { page } = await visitor()
  const at = (place: string) => `${product.url}/app/p/${project}${place}`
  const button = (name: string) => page.getByRole('button', { name, exact: true }).first()

  await step('a project with data and documents, and a colleague in it', async () => {
    await api.projects.create({ body: { name: 'Lab of two', slug: project } })
    await createClient({ baseUrl: product.url }).accounts.register({
      body: { username: 'noor', name: 'Noor Haddad', password },
    })
    await api.projects.setMember({ params: { project, username: 'noor' }, body: { role: 'editor' } })
    await uploadFiles(api, {
      project,
      name: 'customers.csv',
      files: [{ path: 'customers.csv', bytes: new Blob(['id,churned\n1,0\n']) }],
    })
    for (const key of ['r-1', 'r-2'])
      await api.documents.put({
        params: { ...params, collection: 'reviews', key },
        body: { status: 'open', score: key === 'r-1' ? 0.2 : 0.9 },
      })
  })

  await step(
    'the form asks for everything, adds a secret in place and shows the request [WSP-18, WSP-19, WSP-22]',
    async () => {
      await page.goto(at('/workspaces?new='))
      await logIn(page, 'admin')
      await page.getByLabel('Name', { exact: true }).fill('Everything')
      await page.locator('summary', { hasText: 'Options' }).click()
      await button('Add secret').click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Name').fill('S3_KEY')
      await dialog.getByLabel('Value').fill('one')
      await dialog.getByRole('button', { name: 'Add secret' }).click()
      await page.getByLabel('Variable for S3_KEY').waitFor()
      await page.getByRole('combobox', { name: 'Choose a dataset' }).click()
      await page.getByRole('option', { name: /customers/ }).click()
      await page.getByLabel('Git repository').fill('http://127.0.0.1:9/churn.git')
      await page.getByRole('tab', { name: 'CLI' }).click()
      await page.getByText('mllab workspaces create').waitFor()
      await lookAt(page, 'workspace-form-open')
      await button('Start workspace').click()
      await page.waitForURL(/everything/)
    },
  )

  await step('its page says what is wrong and what will happen [WSP-38]', async () => {
    await page.goto(at('/workspaces/everything'))
    await page.getByText('could not be cloned').waitFor({ timeout: START_MS })
    await api.secrets.put({ params: { ...params, name: 'S3_KEY' }, body: { value: 'two' } })
    await page.getByText('Restart to apply it').waitFor()
    await page.getByText('Last used').waitFor()
    await lookAt(page, 'workspace-everything')
    await button('Restart').click()
    await page.getByText('Restart to apply it').waitFor({ state: 'detached' })
    await page.getByText('Running', { exact: true }).first().waitFor({ timeout: START_MS })
  })

  await step('it is suspended, resumed and kept running', async () => {
    await button('More actions').click()
    await page.getByRole('menuitem', { name: 'Suspend' }).click()
    await page.getByText('Suspended', { exact: true }).first().waitFor()
    await lookAt(page, 'workspace-suspended')
    await button('Resume').click()
    await page.getByText('Running', { exact: true }).first().waitFor()
  })

  await step('ports, shares, hardware [WSP-08, WSP-09]', async () => {
    await page.getByRole('link', { name: 'Ports' }).click()
    await page.getByLabel('Name', { exact: true }).fill('streamlit')
    await page.getByLabel('Port', { exact: true }).fill('8501')
    await button('Add port').click()
    await page.getByRole('button', { name: 'Open streamlit' }).waitFor()
    await lookAt(page, 'workspace-ports')
    await page.getByRole('link', { name: 'Sharing' }).click()
    await button('Make link').click()
    await lookAt(page, 'workspace-link')
    await page.getByRole('dialog').getByRole('button', { name: 'Make link' }).click()
    const link = await page.getByRole('dialog').getByRole('textbox').inputValue()
    await button('Done').click()
    await lookAt(page, 'workspace-sharing')
    await followLink((await visitor()).page, link)
    await page.getByRole('link', { name: 'Hardware' }).click()
    await page.getByText('Its machine').waitFor()
    await lookAt(page, 'workspace-hardware')
  })

  await step('a snapshot is taken and put back while it rests', async () => {
    await page.getByRole('link', { name: 'Snapshots' }).click()
    await button('Take snapshot').click()
    await page.getByRole('dialog').getByLabel('Name').fill('Before')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Restore Before' }).waitFor()
    await lookAt(page, 'workspace-snapshots')
    await button('Stop').click()
    await page.getByText('Stopped', { exact: true }).first().waitFor()
    await button('Restore Before').click()
    await lookAt(page, 'workspace-restore')
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click()
    await page.getByText('Files are as in Before').waitFor()
  })

  await step('secrets are listed and never shown', async () => {
    await page.goto(at('/settings'))
    await page.getByRole('button', { name: 'Replace S3_KEY' }).waitFor()
    await lookAt(page, 'settings-secrets')
    assert.equal(await page.getByText('two', { exact: true }).count(), 0)
  })

  await step('a document is found, changed, and a conflict is shown [PRJ-02]', () => changeDocument(page, at))

  await step('a model is uploaded', async () => {
    await page.goto(at('/models'))
    await button('Upload model').click()
    const files = page.getByRole('dialog').locator('input[type=file]').first()
    await files.setInputFiles([
      { name: 'MLmodel', mimeType: 'text/plain', buffer: Buffer.from('flavors: {}\n') },
      { name: 'model.pkl', mimeType: 'application/octet-stream', buffer: Buffer.from('x') },
    ])
    await page.getByLabel('Name', { exact: true }).fill('from-elsewhere')
    await lookAt(page, 'model-upload')
    await page.getByRole('dialog').getByRole('button', { name: 'Upload model' }).click()
    await page.getByRole('link', { name: 'from-elsewhere' }).waitFor()
  })

  await step('administrators see what the server is', async () => {
    await page.goto(`${product.url}/app/admin/server`)
    await page.getByText('Its parts').waitFor()
    await lookAt(page, 'server')
  })
}

/** A colleague lets himself in by a link. */
async function followLink(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByRole('link', { name: 'Log in to go on' }).click()
  await logIn(page, 'noor')
  await page.getByRole('button', { name: 'Let me in' }).waitFor()
  await lookAt(page, 'shared-link')
  await page.getByRole('button', { name: 'Let me in' }).click()
  await page.getByText('You are let in').waitFor()
  await page.getByRole('link', { name: 'Workspaces of the project' }).click()
  await page.getByText('Shared with me').waitFor()
  await lookAt(page, 'shared-with-me')
}

async function changeDocument(page: Page, at: (place: string) => string): Promise<void> {
  await page.goto(at('/documents'))
  await page.getByRole('link', { name: 'reviews' }).waitFor()
  await lookAt(page, 'documents')
  await page.goto(at('/documents/reviews?filter=score+>+0.5'))
  await page.getByText('r-2').click()
  await page.getByRole('button', { name: 'Edit' }).click()
  const stored = await page.evaluate<number>(
    `fetch('/api/projects/${project}/documents/reviews/r-2', {
      method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ status: 'theirs' }),
    }).then(({ status }) => status)`,
  )
  assert.equal(stored, 200)
  await page.getByLabel('JSON').fill('{"status": "mine", "score": 0.9}')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('It was changed meanwhile').waitFor()
  await lookAt(page, 'document-conflict')
  await page.getByRole('button', { name: 'Store mine over it' }).click()
  await page.getByText('r-2 saved').waitFor()
}
