import assert from 'node:assert/strict'
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import type { Page } from 'playwright-core'

import { addAccount, administrator, callerOf, logIn } from '../support/accounts.ts'
import type { Stage } from '../support/journey.ts'
import { jupyterReady } from '../support/jupyter.ts'
import { runCode } from '../support/kernel.ts'
import { lookAt } from '../support/looks.ts'
import { repository } from '../support/product.ts'
import { until } from '../support/until.ts'
import { typeInTerminal, vscodeReady } from '../support/vscode.ts'

const project = 'week'
const params = { project }
const appsOrigin = /^http:\/\/[a-z0-9-]+\.localhost:\d+\/w\//
/** VS Code has an origin for itself. */
const editorOrigin = /^http:\/\/[a-z0-9-]+\.localhost:\d+\/(\?|$)/
const START_MS = 120_000
const TEAM = ['wendy', 'otto', 'lena'] as const

/** A week of three people on one machine: several workspaces, sharing, a night, a restart under load, an update of what they work with. */
export async function week({ product, step, visitor }: Stage): Promise<void> {
  await administrator(product)
  const place = `${product.url}/app/p/${project}`
  for (const username of TEAM) await addAccount(product, username)
  const [wendy, otto] = [await callerOf(product, 'wendy'), await callerOf(product, 'otto')]
  await wendy.api.projects.create({ body: { name: 'Week', slug: project } })
  for (const username of ['otto', 'lena'])
    await wendy.api.projects.setMember({ params: { project, username }, body: { role: 'editor' } })

  const enter = async (username: string, address: string) => {
    const { page } = await visitor()
    await page.goto(address)
    await logIn(page, username)
    return page
  }
  const stateOf = async (workspace: string) =>
    (await wendy.api.workspaces.get({ params: { project, workspace } })).state.status
  const runs = (workspace: string) =>
    until(`${workspace} runs`, async () => ((await stateOf(workspace)) === 'running' ? true : undefined), {
      timeoutMs: START_MS,
    })

  const lab = await step('on Monday each starts a workspace, and one of them two', async () => {
    await otto.api.workspaces.create({ params, body: { name: 'Labels' } })
    await otto.api.workspaces.create({ params, body: { name: 'Plots' } })
    const page = await enter('wendy', `${place}/workspaces`)
    await page.getByRole('button', { name: 'Start workspace' }).click()
    await page.getByRole('button', { name: 'Start workspace' }).last().click()
    await page.waitForURL(appsOrigin, { timeout: START_MS })
    await jupyterReady(page)
    await Promise.all([runs('labels'), runs('plots')])
    return page
  })

  await step('what one installs is hers, and lasts', async () => {
    await runCode(lab, '%pip install --quiet cowsay==6.1')
    await runCode(lab, 'import cowsay; kept = 41; open("notes.txt", "w").write("monday")')
    assert.equal(await runCode(lab, 'print(kept + 1)'), '42')
  })

  await step('another works in VS Code, beside the JupyterLab of the same workspace', async () => {
    const page = await enter('otto', `${place}/workspaces/plots`)
    const [editor] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('button', { name: 'VS Code' }).click(),
    ])
    await editor.waitForURL(editorOrigin, { timeout: START_MS })
    await vscodeReady(editor)
    await typeInTerminal(editor, 'echo from the editor > made.txt')
    const { id } = await otto.api.workspaces.get({ params: { project, workspace: 'plots' } })
    await until('JupyterLab has the file', async () => {
      const file = `${product.url}/w/${id}/files/made.txt`
      const answer = await fetch(file, { headers: { authorization: `Bearer ${otto.token}` } })
      return (await answer.text()).trim() === 'from the editor' || undefined
    })
  })

  const theirs = await step('on Tuesday she lets a colleague in, and he works where she does', async () => {
    const page = await enter('wendy', `${place}/workspaces/wendy?tab=sharing`)
    await page.getByRole('button', { name: 'Share with a person' }).click()
    await page.getByRole('combobox', { name: 'User name' }).click()
    await page.getByRole('option', { name: /otto/i }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Share with a person' }).click()
    await page.getByRole('grid').getByText('otto').first().waitFor()
    await lookAt(page, 'workspace-sharing')

    const his = await enter('otto', `${place}/workspaces`)
    await his.getByText('Shared with me').waitFor()
    await lookAt(his, 'workspaces-shared-with-me')
    const opened = await opensTab(his, () => his.getByRole('button', { name: /^Open wendy/i }).click())
    await jupyterReady(opened)
    assert.equal(await runCode(opened, 'print(open("notes.txt").read(), kept)'), 'monday 41')
    return { page, opened }
  })

  await step('a link lets another in, and what is revoked ends at once', async () => {
    const { url } = await wendy.api.workspaceShares.addLink({
      params: { project, workspace: 'wendy' },
      body: { hours: 8 },
    })
    const { page } = await visitor()
    await page.goto(url)
    await page.getByRole('link', { name: 'Log in to go on' }).click()
    await logIn(page, 'lena')
    await page.getByRole('heading', { name: /wendy/i }).waitFor()
    await lookAt(page, 'workspace-link')
    await page.getByRole('button', { name: 'Let me in' }).click()
    const hers = await opensTab(page, () => page.getByRole('button', { name: /^Open wendy/i }).click())
    await jupyterReady(hers)

    const { host, pathname } = new URL(theirs.opened.url())
    const events = `ws://${host}${/^\/w\/[^/]+/.exec(pathname)?.[0]}/api/events/subscribe`
    const cut = theirs.opened.evaluate(
      (address) =>
        new Promise<void>((resolve, reject) => {
          const socket = new WebSocket(address)
          socket.addEventListener('close', () => resolve())
          setTimeout(() => reject(new Error('the websocket is still open')), 20_000)
        }),
      events,
    )
    await theirs.page.reload()
    await theirs.page.getByRole('button', { name: 'Revoke otto' }).click()
    await theirs.page.getByText('otto is let in no more').waitFor()
    await cut
    const answer = await theirs.opened.evaluate(async (address) => (await fetch(address)).status, theirs.opened.url())
    assert.ok([401, 404].includes(answer), `answered ${answer}`)
  })

  await step('over night it is suspended, and in the morning everything is as it was', async () => {
    const page = theirs.page
    await page.goto(`${place}/workspaces/wendy`)
    await page.getByRole('button', { name: 'More actions' }).first().click()
    await page.getByRole('menuitem', { name: 'Suspend' }).click()
    await page.getByText('Suspended', { exact: true }).first().waitFor()
    await lookAt(page, 'workspace-suspended')
    await lab.reload()
    await jupyterReady(lab)
    assert.equal(await runCode(lab, 'print(kept)'), '41')
  })

  await step('on Thursday the server restarts under load, and nobody loses anything', async () => {
    const asked = keepAsking(`${product.url}/api/projects/${project}/workspaces`, otto.token)
    const answers = (many: number) => until(`${many} answers`, async () => (asked.answered() > many ? true : undefined))
    await answers(20)
    assert.equal(await product.restart(), 0)
    await answers(asked.answered() + 20)
    assert.deepEqual(await asked.end(), [])
    await lab.reload()
    await jupyterReady(lab)
    assert.equal(await runCode(lab, 'print(kept)'), '41')
    for (const workspace of ['labels', 'plots']) assert.equal(await stateOf(workspace), 'running')
  })

  await step('on Friday the environment is a new one, and what she installed is still there', async () => {
    const images = await mkdtemp(path.join(tmpdir(), 'mllab-images-'))
    try {
      await cp(path.join(repository, 'images'), images, { recursive: true })
      await appendFile(path.join(images, 'workspace', 'requirements.lock'), '# friday\n')
      await product.restart({ LAB_IMAGES_ROOT: images })
      const before = await runCode(lab, 'import numpy; print(numpy.__file__)')
      await theirs.page.goto(`${place}/workspaces/wendy`)
      await theirs.page.getByRole('button', { name: 'More actions' }).first().click()
      await theirs.page.getByRole('menuitem', { name: 'Update to the image of today' }).click()
      await until('it was started anew', async () => ((await stateOf('wendy')) === 'starting' ? undefined : true), {
        timeoutMs: START_MS,
      })
      await runs('wendy')
      await lab.reload()
      await jupyterReady(lab)
      const after = await runCode(lab, 'import cowsay, numpy; print(numpy.__file__)')
      assert.notEqual(after, before)
      assert.equal(await runCode(lab, 'print(open("notes.txt").read())'), 'monday')
    } finally {
      await product.restart({ LAB_IMAGES_ROOT: '' }) // the shipped ones, for whoever comes next
      await rm(images, { recursive: true, force: true })
    }
  })
}

/** The tab that a click opens. */
async function opensTab(page: Page, click: () => Promise<void>): Promise<Page> {
  const [opened] = await Promise.all([page.context().waitForEvent('page'), click()])
  await opened.waitForURL(appsOrigin)
  return opened
}

/** Asks the server without a pause until its end, which tells the wrong answers; refused connections while it restarts are none. */
function keepAsking(url: string, token: string): { answered(): number; end(): Promise<readonly string[]> } {
  let asking = true
  let answered = 0
  const wrong: string[] = []
  const ask = async () => {
    while (asking) {
      const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } }).catch(() => undefined)
      if (answer?.ok) answered += 1
      else if (answer && answer.status !== 503) wrong.push(`${answer.status}: ${(await answer.text()).slice(0, 200)}`)
      await answer?.arrayBuffer().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, answer ? 0 : 20))
    }
  }
  const all = Promise.all(Array.from({ length: 8 }, ask))
  return {
    answered: () => answered,
    end: async () => {
      asking = false
      await all
      return wrong
    },
  }
}
