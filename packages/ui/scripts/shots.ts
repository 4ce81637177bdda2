// Pictures of the component sheet and of the shell, and what axe finds in them:
//   node packages/ui/scripts/shots.ts [scene…]      needs Chromium (CHROMIUM names another one than /usr/bin/chromium)
// Pictures go to e2e/shots/ui, light, dark and 390 wide. Fails on serious findings, script errors, and a page that scrolls sideways.
import { mkdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Locator, type Page } from 'playwright-core'
import { build } from 'vite'
import { renderIndex } from '../src/index.ts'

interface Scene {
  name: string
  view?: string
  /** In place of 1440. */
  width?: number
  /** What is done before the picture; waits for what it opens. */
  act?: (page: Page) => Promise<unknown>
}

const scenes: Scene[] = [
  ...['components', 'forms', 'experiments', 'run', 'workspaces', 'starting', 'home-empty', 'login', 'setup'].map(
    (name) => ({ name }),
  ),
  { name: 'palette', act: (page) => page.getByRole('combobox').fill('chu') },
  { name: 'folded', view: 'run', width: 1000 },
  { name: 'menu', view: 'forms', act: (page) => open(page, page.getByRole('button', { name: 'Menu' }), 'menu') },
  {
    name: 'confirm',
    view: 'forms',
    act: async (page) => {
      await open(page, page.getByRole('button', { name: 'Delete project' }), 'dialog')
      await page.keyboard.type('wine-qual')
    },
  },
  {
    name: 'filter',
    view: 'forms',
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Filter' }).fill('st')
      await page.getByRole('option').first().waitFor()
    },
  },
  { name: 'select', view: 'workspaces', act: (page) => open(page, page.locator('button[role=combobox]'), 'listbox') },
  {
    name: 'keyboard',
    view: 'experiments',
    act: async (page) => {
      await page.getByRole('grid').focus()
      for (const key of ['j', 'j', 'x', 'j']) await page.keyboard.press(key)
    },
  },
  {
    name: 'crosshair',
    view: 'run',
    act: async (page) => {
      await page
        .locator('.u-over')
        .first()
        .hover({ position: { x: 120, y: 60 } })
      await page.getByText(/^epoch \d+$/).waitFor()
    },
  },
  {
    name: 'activity',
    view: 'experiments',
    act: async (page) => {
      await page.getByRole('button', { name: '2 tasks are running' }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'keys',
    view: 'run',
    act: async (page) => {
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    },
  },
]

async function open(page: Page, button: Locator, role: 'menu' | 'dialog' | 'listbox') {
  await button.click()
  await page.getByRole(role).waitFor()
}

const looks = [
  { name: 'light', theme: 'light', width: 1440, height: 900 },
  { name: 'dark', theme: 'dark', width: 1440, height: 900 },
  { name: '390', theme: 'light', width: 390, height: 844 },
] as const
/** Sheets are as long as their content, pages as high as a screen. */
const whole = new Set(['components', 'forms'])

const root = fileURLToPath(new URL('..', import.meta.url))
const outDir = fileURLToPath(new URL('../../../e2e/shots/ui', import.meta.url))
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}
/** The policy of the product: no inline script, no inline style. */
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'self'"

await build({ root, configFile: join(root, 'vite.config.ts'), mode: 'sheet', logLevel: 'warn' })
await mkdir(outDir, { recursive: true })
const server = createServer((request, response) => {
  const path = normalize(new URL(request.url ?? '/', 'http://x').pathname).replace(/^\/test\/app\//, '/')
  const file = join(root, 'dist-sheet', path)
  readFile(file).then(
    (bytes) => {
      response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream')
      response.setHeader('content-security-policy', policy)
      // Below a prefix, as behind a proxy.
      response.end(extname(file) === '.html' ? renderIndex(bytes.toString(), '/test/app/') : bytes)
    },
    () => response.writeHead(404).end(),
  )
})
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/test/app/sheet.html` // a TCP server has one
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
    '--font-render-hinting=none',
  ],
})

const wanted = process.argv.slice(2)
let findings = 0
try {
  for (const scene of scenes) {
    if (wanted.length > 0 && !wanted.includes(scene.name)) continue
    for (const look of looks) findings += await shoot(browser, scene, look)
  }
} finally {
  await browser.close()
  server.close()
}
process.stdout.write(findings === 0 ? 'nothing found\n' : `${findings} findings\n`)
process.exitCode = findings === 0 ? 0 : 1

async function shoot(browser: Browser, scene: Scene, look: (typeof looks)[number]): Promise<number> {
  const view = scene.view ?? scene.name
  const { height, theme, name } = look
  const width = look.width < 720 ? look.width : (scene.width ?? look.width)
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
    hasTouch: width < 720,
    locale: 'en-GB',
    timezoneId: 'UTC',
  })
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) =>
    message.type() === 'error' || message.type() === 'warning' ? problems.push(message.text()) : undefined,
  )
  await page.goto(`${address}?view=${view}&theme=${theme}`)
  await page.waitForLoadState('networkidle')
  await page.evaluate(() => document.fonts.ready)
  await scene.act?.(page)
  // Skeletons and menus fade in; charts come in a chunk of their own.
  await page.waitForFunction(() => document.querySelectorAll('[class*=waiting]').length === 0)
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(
        (animation) =>
          animation.playState === 'finished' || animation.effect?.getComputedTiming().iterations === Infinity,
      ),
  )
  await page.screenshot({ path: join(outDir, `${scene.name}-${name}.png`), fullPage: whole.has(scene.name) })
  problems.push(...(await audit(page)))
  if (await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth))
    problems.push('the page scrolls sideways')
  await page.close()
  for (const problem of problems) process.stdout.write(`${scene.name} ${name}: ${problem}\n`)
  return problems.length
}

interface AxeNode {
  target: string[]
  failureSummary: string
}
interface AxeFinding {
  id: string
  impact: string
  help: string
  nodes: AxeNode[]
}

async function audit(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(async () => {
    // Put there by the line before.
    const { axe } = globalThis as unknown as {
      axe: { run: (options: object) => Promise<{ violations: AxeFinding[] }> }
    }
    return (await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
      .violations
  })
  return found
    .filter((finding) => finding.impact === 'serious' || finding.impact === 'critical')
    .map(
      (finding) =>
        `${finding.impact} ${finding.id}: ${finding.help}\n${finding.nodes
          .slice(0, 4)
          .map((node) => `    ${node.target.join(' ')} – ${node.failureSummary.split('\n').slice(1).join(' ').trim()}`)
          .join('\n')}`,
    )
}
