// `node scripts/run.mjs <script> [arguments]`: runs a script of the project with the right Node and all dependencies in place.
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { nodeToUse } from './node26.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { become } from './setup/process.mjs'
import { main, StepError } from './setup/steps.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

await main(async () => {
  const [script, ...args] = process.argv.slice(2)
  if (script === undefined) throw new StepError('usage: node scripts/run.mjs <script> [arguments]')
  const node = await nodeToUse()
  await ensureDependencies(root, node)
  return await become(node.node, [path.resolve(script), ...args], node.env)
})
