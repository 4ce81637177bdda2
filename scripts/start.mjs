// `npm start`: everything a fresh machine needs, then the server in its place.
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { nodeToUse } from './node26.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { become } from './setup/process.mjs'
import { main } from './setup/steps.mjs'
import { ensureUi } from './setup/ui.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

await main(async () => {
  const node = await nodeToUse()
  await ensureDependencies(root, node)
  await ensureUi(root, node)
  return await become(
    node.node,
    [path.join(root, 'packages/server/src/main.ts'), 'up', ...process.argv.slice(2)],
    // Types are stripped and code is compiled once, for the threads too: half of the time to the first answer.
    { NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/compiled'), ...node.env },
  )
})
