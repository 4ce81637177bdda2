// `npm test`: everything the suites need, then all of them. The last line of the output is `N passed, N failed`.
// `npm test -- gateway -t 'revoked'` runs what vitest finds by these arguments, and no journeys.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { nodeToUse } from './node26.mjs'
import { ensureBuilt, SERVER, WEB_APP } from './setup/built.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { main, StepError } from './setup/steps.mjs'
import { runJourneys, runVitest } from './setup/suites.mjs'
import { bubblewrapForTests, ensureSystemPackages, userModeLinuxForTests } from './setup/system.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

await main(async () => {
  const { passed, failed } = await runAll(process.argv.slice(2))
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  return failed === 0 && passed > 0 ? 0 : 1
})

async function runAll(filter) {
  try {
    const node = await nodeToUse()
    await ensureDependencies(root, node)
    await ensureSystemPackages()
    const bwrap = await bubblewrapForTests()
    if (bwrap) node.env = { ...node.env, LAB_TEST_BWRAP: bwrap }
    const uml = await userModeLinuxForTests()
    if (uml) node.env = { ...node.env, LAB_TEST_UML: uml }
    await ensureBuilt(root, node, WEB_APP)
    await ensureBuilt(root, node, SERVER)
    const counts = [await runVitest(root, node, filter)]
    if (filter.length === 0 && existsSync(path.join(root, 'e2e', 'run.ts'))) counts.push(await runJourneys(root, node))
    return {
      passed: counts.reduce((sum, count) => sum + count.passed, 0),
      failed: counts.reduce((sum, count) => sum + count.failed, 0),
    }
  } catch (error) {
    process.stderr.write(`${error instanceof StepError ? error.message : error.stack}\n`)
    return { passed: 0, failed: 1 }
  }
}
