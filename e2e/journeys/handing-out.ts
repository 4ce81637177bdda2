import assert from 'node:assert/strict'

import type { Page } from 'playwright-core'

import { addAccount, administrator, logIn } from '../support/accounts.ts'
import type { Stage } from '../support/journey.ts'
import { lookAt } from '../support/looks.ts'

/** Who may have which workspaces: administrators say it on their page, hand them out, and the person finds the own one. */
export async function handingOut({ product, step, visitor }: Stage): Promise<void> {
  await administrator(product)
  await addAccount(product, 'foo')
  const { page: admin } = await visitor()

  await step('an administrator says that workspaces are handed out [WSP-03]', async () => {
    await admin.goto(`${product.url}/app/admin/workspaces`)
    await logIn(admin, 'admin')
    await admin.getByRole('heading', { name: 'Workspaces' }).first().waitFor()
    await admin.getByRole('button', { name: 'Rules' }).click()
    await lookAt(admin, 'workspace-rules')
    await admin.getByRole('radio', { name: /^Handed out/ }).check()
    await lookAt(admin, 'workspace-rules-handed')
    await admin.getByRole('button', { name: 'Save rules' }).click()
    await admin.getByRole('button', { name: 'Save rules' }).waitFor({ state: 'detached' })
  })

  await step('and starts one for a person who never logged in [WSP-26]', async () => {
    await admin.getByRole('button', { name: 'Start for a user' }).click()
    await admin.getByRole('combobox', { name: 'Person' }).fill('foo')
    await lookAt(admin, 'workspace-hand-out')
    await admin.getByRole('button', { name: 'Start for a user' }).last().click()
    await admin.getByRole('button', { name: /^Stop Default · foo/ }).waitFor()
    await lookAt(admin, 'admin-workspaces')
  })

  const { page: foo } = await visitor()
  await step('the person finds it at the first login, and no button for others [PRJ-05, WSP-31]', async () => {
    await foo.goto(`${product.url}/app/projects`)
    await logIn(foo, 'foo')
    await foo.getByRole('button', { name: 'Open workspace' }).waitFor()
    await lookAt(foo, 'projects-own-workspace')
    await foo.goto(`${product.url}/app/p/foo/workspaces`)
    await foo.getByRole('link', { name: 'Default' }).waitFor()
    if ((await foo.getByRole('button', { name: 'Start workspace', exact: true }).count()) > 0)
      throw new Error('others can be made')
    await lookAt(foo, 'workspaces-handed-out')
    await foo.goto(`${product.url}/app/projects`)
    await foo.getByRole('button', { name: 'Open workspace' }).click()
    await foo.waitForURL(/\.localhost:\d+\/w\//, { timeout: 120_000 })
  })

  await step('the settings decide again', async () => {
    await admin.getByRole('button', { name: 'Rules' }).click()
    await admin.getByRole('button', { name: 'As the settings say' }).click()
    await admin.getByRole('button', { name: 'Save rules' }).waitFor({ state: 'detached' })
    await admin.getByRole('button', { name: /^Stop Default · foo/ }).click()
    await admin.getByRole('button', { name: /^Start Default · foo/ }).waitFor({ timeout: 30_000 })
  })
  await offeringProfile(admin, foo, { product, step })
  await step('the account is deleted, and the workspace goes with it', async () => {
    await admin.goto(`${product.url}/app/admin/users`)
    await admin.getByRole('button', { name: 'More for foo' }).click()
    await admin.getByRole('menuitem', { name: 'Delete account' }).click()
    await admin.getByRole('dialog').getByRole('textbox').fill('foo')
    await lookAt(admin, 'account-delete')
    await admin.getByRole('dialog').getByRole('button', { name: 'Delete account' }).click()
    await admin.getByRole('button', { name: 'More for foo' }).waitFor({ state: 'detached' })
    await admin.goto(`${product.url}/app/admin/workspaces?find=default`)
    await admin.getByText('No workspace matches', { exact: false }).waitFor()
  })
}

/** A profile with a question is made by the page for administrators, and a person makes a workspace of it. */
async function offeringProfile(admin: Page, foo: Page, { product, step }: Pick<Stage, 'product' | 'step'>) {
  await step('an administrator makes a profile with a question, and sees what people will see [WSP-38]', async () => {
    await admin.getByRole('link', { name: 'Profiles' }).click()
    await admin.getByText('No profile yet').waitFor()
    await lookAt(admin, 'profiles-none')
    await admin.getByRole('button', { name: 'Create profile' }).click()
    const form = admin.getByRole('complementary', { name: 'Create profile' })
    await form.getByLabel('Name', { exact: true }).fill('Nightly training')
    await form.getByLabel('Description').first().fill('For what runs over night.')
    await form
      .getByRole('textbox', { name: 'Image' })
      .or(form.getByRole('combobox', { name: 'Image' }))
      .fill('nobody/knows')
    await form.getByLabel('CPU limit').fill('1')
    await form.getByLabel('Variables').fill('TEAM=churn')
    await form.getByRole('button', { name: 'Add parameter' }).click()
    await form.getByRole('button', { name: 'Save profile' }).click()
    await form.getByText('is needed').waitFor()
    await form.getByLabel('Label', { exact: true }).fill('Size of a batch')
    await form.getByLabel('Value of choice 1').fill('64')
    await form.getByLabel('Label of choice 1').fill('Small')
    await form.getByRole('button', { name: 'Add choice' }).click()
    await form.getByLabel('Value of choice 2').fill('512')
    await form.getByLabel('Label of choice 2').fill('Large')
    await admin.getByRole('heading', { name: 'What people see' }).waitFor()
    await lookAt(admin, 'profile-form')
    await form.getByRole('button', { name: 'Save profile' }).click()
    await form.getByText('is not known here').waitFor()
    await lookAt(admin, 'profile-form-refused')
    await form.getByRole('combobox', { name: 'Image' }).fill('mllab/workspace')
    await form.getByRole('button', { name: 'Save profile' }).click()
    await form.waitFor({ state: 'detached' })
    await admin.getByText('Size of a batch').waitFor()
    await lookAt(admin, 'profiles')
  })

  await step('a person makes a workspace of it, which has the answer [WSP-38, WSP-18]', async () => {
    await foo.goto(`${product.url}/app/p/foo/workspaces?new=`)
    await foo.getByRole('radio', { name: /^Nightly training/ }).check()
    await foo.getByLabel('Size of a batch').click()
    await foo.getByRole('option', { name: 'Large' }).click()
    await lookAt(foo, 'workspace-form-profile')
    await foo.getByLabel('Name', { exact: true }).fill('Night')
    const [answer] = await Promise.all([
      foo.waitForResponse((one) => one.request().method() === 'POST' && one.url().endsWith('/workspaces')),
      foo.getByRole('button', { name: 'Start workspace' }).last().click(),
    ])
    const made = (await answer.json()) as { profile: unknown } // the contract's answer
    assert.deepEqual(made.profile, { slug: 'nightly-training', parameters: { sizeOfABatch: '512' } })
    await foo.waitForURL(/\.localhost:\d+\/w\//, { timeout: 120_000 })
  })

  await step('it is changed, and withdrawn; the workspace stays', async () => {
    await admin.getByRole('button', { name: 'More for Nightly training' }).click()
    await admin.getByRole('menuitem', { name: 'Edit profile' }).click()
    await admin.getByRole('checkbox', { name: /^The default/ }).check()
    await admin.getByRole('button', { name: 'Size of a batch Choice' }).click()
    await lookAt(admin, 'profile-form-stored')
    await admin.getByRole('button', { name: 'Save profile' }).click()
    await admin.getByRole('grid').getByText('Default', { exact: true }).waitFor()
    await admin.getByRole('button', { name: 'More for Nightly training' }).click()
    await admin.getByRole('menuitem', { name: 'Delete profile' }).click()
    await lookAt(admin, 'profile-delete')
    assert.equal(await admin.getByText('What people see').count(), 0) // the menu's click is none on the row
    await admin.getByRole('dialog').getByRole('button', { name: 'Delete profile' }).click()
    await admin.getByText('No profile yet').waitFor()
    await foo.goto(`${product.url}/app/p/foo/workspaces`)
    await foo.getByRole('link', { name: 'Night', exact: true }).waitFor()
  })
}
