import assert from 'node:assert/strict'

import { administrator, callerOf, logIn, register } from '../support/accounts.ts'
import type { Stage } from '../support/journey.ts'
import { lookAt } from '../support/looks.ts'
import { until } from '../support/until.ts'

const project = 'shared'

/** Who else may see and do what: a colleague who is invited by a link, and somebody who is not. */
export async function people({ product, step, visitor }: Stage): Promise<void> {
  const { api, token } = await administrator(product)
  const place = `${product.url}/app/p/${project}`

  const workspace = await step('the administrator has a project with data and a running workspace', async () => {
    await api.projects.create({ body: { name: 'Shared', slug: project } })
    const stored = await fetch(`${product.url}/api/projects/${project}/files/notes.txt`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}` },
      body: 'some data',
    })
    assert.equal(stored.status, 201)
    await api.workspaces.create({ params: { project }, body: { name: 'Mine' } })
    const params = { project, workspace: 'mine' }
    return until(
      'the workspace runs',
      async () => {
        const found = await api.workspaces.get({ params })
        return found.state.status === 'running' ? found : undefined
      },
      { timeoutMs: 120_000 },
    )
  })

  const link = await step('an invitation is a link', async () => {
    const { page } = await visitor()
    await page.goto(`${place}/data`)
    await lookAt(page, 'login')
    await logIn(page, 'admin')
    await page.getByRole('link', { name: 'notes.txt' }).waitFor()
    await page.getByRole('link', { name: 'Members' }).first().click()
    await page.getByRole('button', { name: 'Invite by link' }).click()
    await lookAt(page, 'invite')
    await page.getByRole('button', { name: 'Make link' }).click()
    const made = await page.getByLabel('Invitation link', { exact: true }).inputValue()
    await page.getByRole('button', { name: 'Done' }).click()
    await lookAt(page, 'members')
    await page.getByRole('link', { name: 'Settings' }).first().click()
    await page.getByRole('heading', { name: 'Settings' }).first().waitFor()
    await lookAt(page, 'settings')
    await page.goto(`${product.url}/app/account`)
    await page.getByRole('heading', { name: 'Tokens' }).waitFor()
    await lookAt(page, 'account')
    return made
  })

  await step('who follows it registers, is in the project with it, and sees the data', async () => {
    const { page } = await visitor()
    await page.goto(link)
    await page.getByRole('heading', { name: 'Join Shared' }).waitFor()
    await lookAt(page, 'join')
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByText('admin invites you to Shared.', { exact: false }).waitFor()
    await lookAt(page, 'register')
    await register(page, 'jonas')
    await page.waitForURL(place)
    await page.getByRole('link', { name: 'Data' }).first().click()
    await page.getByRole('link', { name: 'notes.txt' }).waitFor()

    await page.getByRole('link', { name: 'Workspaces' }).first().click()
    await page.getByRole('link', { name: 'Mine' }).click()
    await page.getByText(/^Only .* can open this workspace\.$/).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Open', exact: true }).count(), 0)
    await lookAt(page, 'workspace-of-somebody-else')
    const answer = await page.goto(product.url + workspace.url)
    assert.equal(answer?.status(), 404)
    await page.getByText('There is no such app').waitFor()
  })

  await step('who is not invited finds nothing at any of these addresses', async () => {
    const { page } = await visitor()
    await page.goto(`${product.url}/app/register`)
    await register(page, 'stranger')
    await page.getByRole('heading', { name: 'Projects', exact: true }).waitFor()
    await lookAt(page, 'projects-none')
    for (const address of [place, `${place}/data/notes.txt`]) {
      await page.goto(address)
      await page.getByText('Nothing at this address').waitFor()
    }
    await lookAt(page, 'missing')
    const { token } = await callerOf(product, 'stranger')
    for (const path of [
      `/api/projects/${project}`,
      `/api/projects/${project}/files/notes.txt`,
      `/w/${workspace.id}/lab`,
    ]) {
      const answer = await fetch(product.url + path, { headers: { authorization: `Bearer ${token}` } })
      assert.equal(answer.status, 404, path)
    }
  })
}
