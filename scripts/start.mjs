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
    node.env,
  )
})
