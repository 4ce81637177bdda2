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
