// Pictures of the component sheet and of the shell, and what axe finds in them:
//   node packages/ui/scripts/shots.ts [view…]      needs Chromium (CHROMIUM names another one than /usr/bin/chromium)
// Pictures go to e2e/shots/ui, light, dark and 390 wide. Fails on serious findings, script errors, and a page that scrolls sideways.
import { mkdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { build } from 'vite'
import { renderIndex } from '../src/index.ts'

const views = ['components', 'forms', 'experiments', 'run', 'workspaces', 'starting', 'home-empty', 'palette', 'login', 'setup']
const looks = [
  { name: 'light', theme: 'light', width: 1440, height: 900 },
  { name: 'dark', theme: 'dark', width: 1440, height: 900 },
  { name: '390', theme: 'light', width: 390, height: 844 },
] as const
/** Sheets are as long as their content, pages as high as a screen. */
const whole = new Set(['components', 'forms'])

const root = fileURLToPath(new URL('..', import.meta.url))
const outDir = fileURLToPath(new URL('../../../e2e/shots/ui', import.meta.url))
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
/** The policy of the product: no inline script, no inline style. */
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'self'"

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
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--no-first-run', '--font-render-hinting=none'],
})

const wanted = process.argv.slice(2)
let findings = 0
try {
  for (const view of views) {
    if (wanted.length > 0 && !wanted.includes(view)) continue
    for (const look of looks) findings += await shoot(browser, view, look)
  }
} finally {
  await browser.close()
  server.close()
}
process.stdout.write(findings === 0 ? 'nothing found\n' : `${findings} findings\n`)
process.exitCode = findings === 0 ? 0 : 1

async function shoot(browser: Browser, view: string, look: (typeof looks)[number]): Promise<number> {
  const { width, height, theme, name } = look
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce', hasTouch: width < 720, locale: 'en-GB', timezoneId: 'UTC' })
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => (message.type() === 'error' || message.type() === 'warning' ? problems.push(message.text()) : undefined))
  await page.goto(`${address}?view=${view}&theme=${theme}`)
  await page.waitForLoadState('networkidle')
  await page.evaluate(() => document.fonts.ready)
  // Skeletons and menus fade in; charts come in a chunk of their own.
  await page.waitForFunction(() => document.querySelectorAll('[class*=waiting]').length === 0)
  await page.waitForFunction(() => document.getAnimations().every((animation) => animation.playState === 'finished' || animation.effect?.getComputedTiming().iterations === Infinity))
  await page.screenshot({ path: join(outDir, `${view}-${name}.png`), fullPage: whole.has(view) })
  problems.push(...(await audit(page)))
  if (await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)) problems.push('the page scrolls sideways')
  await page.close()
  for (const problem of problems) process.stdout.write(`${view} ${name}: ${problem}\n`)
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
    const { axe } = globalThis as unknown as { axe: { run: (options: object) => Promise<{ violations: AxeFinding[] }> } }
    return (await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })).violations
  })
  return found
    .filter((finding) => finding.impact === 'serious' || finding.impact === 'critical')
    .map((finding) => `${finding.impact} ${finding.id}: ${finding.help}\n${finding.nodes.slice(0, 4).map((node) => `    ${node.target.join(' ')} – ${node.failureSummary.split('\n').slice(1).join(' ').trim()}`).join('\n')}`)
}
