#!/usr/bin/env node
// The command `mllab`: `up`, `gateway`, `config`, `reset-password` and `version` are the server's, everything else is the client's. Runs on Node 18 and later.
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { nodeToUse } from '../scripts/node26.mjs'
import { ensureDependencies } from '../scripts/setup/dependencies.mjs'
import { becomeProgram, becomeServer, becomeServerProgram } from '../scripts/setup/server.mjs'
import { main } from '../scripts/setup/steps.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

await main(async () => {
  const args = process.argv.slice(2)
  if (args[0] === 'up' && !args.includes('--help')) return await becomeServer(root, args)
  const node = await nodeToUse()
  await ensureDependencies(root, node)
  if (['gateway', 'config', 'reset-password', 'version'].includes(args[0] ?? ''))
    return await becomeServerProgram(root, node, args)
  return await becomeProgram(root, node, ['packages/cli/src/main.ts', ...args])
})
