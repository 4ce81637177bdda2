// Journeys through the built product: `node scripts/run.mjs e2e/run.ts [journey…] [--pictures] [--sheet]`.
// With --pictures those of the guides are taken anew where they changed; with --sheet all pages that were looked at are laid into
// e2e/shots/index.html, light, dark and 390 wide. Ends its output with `N passed, N failed`.
import { handingOut } from './journeys/handing-out.ts'
import { pages } from './journeys/pages.ts'
import { people } from './journeys/people.ts'
import { vscode } from './journeys/vscode.ts'
import { week } from './journeys/week.ts'
import { wholeLoop } from './journeys/whole-loop.ts'
import { workspaces } from './journeys/workspaces.ts'
import { launchBrowser } from './support/browser.ts'
import { runJourney, type Count, type Journey } from './support/journey.ts'
import { takePicture } from './support/pictures.ts'
import { writeSheet } from './support/sheet.ts'
import { startProduct } from './support/product.ts'

const journeys: Readonly<Record<string, Journey>> = {
  'whole-loop': wholeLoop,
  people,
  vscode,
  week,
  workspaces,
  'handing-out': handingOut,
  pages,
}

const named = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const pictures = process.argv.includes('--pictures')
const wantsSheet = process.argv.includes('--sheet')
const { passed, failed } = await runAll().catch((error: unknown): Count => {
  process.stdout.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  return { passed: 0, failed: 1 }
})
if (wantsSheet) process.stdout.write(`all pages: ${await writeSheet()}\n`)
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

async function runAll(): Promise<Count> {
  const unknown = named.filter((name) => !(name in journeys))
  if (unknown.length > 0)
    throw new Error(`There is no journey ${unknown.join(', ')}: ${Object.keys(journeys).join(', ')}`)
  // Pictures show the address that people see.
  const product = await startProduct(pictures ? '8091' : '0')
  try {
    const browser = await launchBrowser()
    try {
      const setting = { product, browser, takePicture: pictures ? takePicture : () => Promise.resolve() }
      let passed = 0
      let failed = 0
      for (const [name, journey] of Object.entries(journeys)) {
        if (named.length > 0 && !named.includes(name)) continue
        const count = await runJourney(name, journey, setting)
        passed += count.passed
        failed += count.failed
      }
      return { passed, failed }
    } finally {
      await browser.close()
    }
  } finally {
    await product.close()
  }
}
