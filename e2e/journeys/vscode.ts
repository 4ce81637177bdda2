import assert from 'node:assert/strict'
import { access, readFile } from 'node:fs/promises'
import path from 'node:path'

import type { Page } from 'playwright-core'

import { addAccount, administrator, callerOf, logIn } from '../support/accounts.ts'
import type { Stage } from '../support/journey.ts'
import { until } from '../support/until.ts'
import { command, editFile, fileIn, typeInTerminal, vscodeReady, webview } from '../support/vscode.ts'

const params = { project: 'editor', workspace: 'desk' }
/** Without the workspace's path: VS Code has the origin for itself. */
const appsOrigin = /^http:\/\/[a-z0-9-]+\.localhost:\d+\/(\?|$)/
/** Files of previews: the editor's own service worker answers for it, nothing reaches the network. */
const virtualHost = /\.vscode-resource\.vscode-cdn\.net$/
const START_MS = 120_000

const SCRIPT = 'import sys, mlflow\nprint(sys.executable, mlflow.__name__, 6 * 7)\n'

/** VS Code beside JupyterLab: fetched by the first click, with the same files, the same Python and a terminal, also after a night. */
export async function vscode({ product, step, visitor, picture }: Stage): Promise<void> {
  await administrator(product)
  await addAccount(product, 'vera')
  const vera = await callerOf(product, 'vera')
  await vera.api.projects.create({ body: { name: 'Editor', slug: params.project } })
  const { id } = await vera.api.workspaces.create({ params: { project: params.project }, body: { name: 'Desk' } })
  const becomes = (status: string) =>
    until(
      `the workspace is ${status}`,
      async () => ((await vera.api.workspaces.get({ params })).state.status === status ? true : undefined),
      { timeoutMs: START_MS },
    )
  await becomes('running')
  const volume = path.join(product.dataRoot, 'runtime', 'volumes', id)
  const saved = (name: string, wanted: RegExp) =>
    until(`${name} says ${wanted}`, async () => {
      const text = await readFile(path.join(volume, name), 'utf8').catch(() => '')
      return wanted.test(text) ? text : undefined
    })
  const { page, context } = await visitor()
  const foreign: string[] = []
  context.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url())
    const isNetwork = /^(http|ws)s?:$/.test(protocol) && !virtualHost.test(hostname)
    if (isNetwork && hostname !== 'localhost' && !hostname.endsWith('.localhost')) foreign.push(request.url())
  })
  await page.goto(`${product.url}/app/p/${params.project}/workspaces/${params.workspace}`)
  await logIn(page, 'vera')
  const clicked = async (): Promise<Page> => {
    const opened = context.waitForEvent('page')
    await page.getByRole('button', { name: 'VS Code' }).click()
    return opened
  }

  const editor = await step(
    'a click fetches VS Code, with progress, and it opens in an origin of its own',
    async () => {
      const tab = await clicked()
      await tab.getByRole('progressbar', { name: 'Fetching VS Code' }).waitFor()
      await tab.waitForURL(appsOrigin, { timeout: START_MS })
      await vscodeReady(tab)
      await picture(tab, 'vscode')
      return tab
    },
  )

  await step(
    'a file of the workspace is edited, and runs in the terminal with the Python of the workspace',
    async () => {
      await typeInTerminal(editor, 'echo 1 >train.py; echo "# Wine of the year" >notes.md')
      await editFile(editor, 'train.py', SCRIPT)
      await saved('train.py', /6 \* 7/)
      await typeInTerminal(editor, 'python train.py >said.txt')
      const said = await saved('said.txt', /42/)
      assert.equal(said, `${path.join(volume, '.lab', 'py', 'bin', 'python')} mlflow 42\n`)
      await fileIn(editor, 'said.txt').waitFor()
      await picture(editor, 'vscode')
    },
  )

  await step('the command of the terminal opens files, and previews are shown', async () => {
    await typeInTerminal(editor, 'code-server notes.md')
    await editor.locator('.tab.active', { hasText: 'notes.md' }).waitFor()
    await command(editor, 'Markdown: Open Preview')
    await webview(editor).getByRole('heading', { name: 'Wine of the year' }).waitFor()
  })

  await step('what one sets lasts over a stop and a start, with what was open', async () => {
    await access(path.join(volume, '.lab', 'vscode', 'extensions'))
    await vera.api.workspaces.stop({ params })
    await becomes('stopped')
    await vera.api.workspaces.start({ params })
    await becomes('running')
    await editor.close()
    const again = await clicked()
    await again.waitForURL(appsOrigin)
    await vscodeReady(again)
    await again.locator('.tab', { hasText: 'train.py' }).dblclick()
    await again.locator('.view-line', { hasText: 'sys.executable' }).waitFor()
    await typeInTerminal(again, 'python train.py >again.txt')
    await saved('again.txt', /mlflow 42/)
  })

  await step('nothing was asked for outside of the platform', async () => {
    assert.deepEqual(foreign, [])
  })
}
