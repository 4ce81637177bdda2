import path from 'node:path'

import { nodeToUse } from '../node26.mjs'
import { ensureDependencies } from './dependencies.mjs'
import { become } from './process.mjs'
import { ensureUi } from './ui.mjs'

/**
 * Everything a fresh machine needs, then the server in the place of this process.
 * @param {string} root
 * @param {string[]} args
 */
export async function becomeServer(root, args) {
  const node = await nodeToUse()
  await ensureDependencies(root, node)
  await ensureUi(root, node)
  return await becomeProgram(root, node, ['packages/server/src/main.ts', ...args])
}

/**
 * Types are stripped and code is compiled once, for the threads too: half of the time to the first answer.
 * @param {string} root
 * @param {import('../node26.mjs').NodeToUse} nodeToUse
 * @param {string[]} program its file in the repository, and its arguments
 */
export function becomeProgram(root, { node, env }, [file, ...args]) {
  const cache = path.join(root, 'node_modules/.cache/compiled')
  return become(node, [path.join(root, file), ...args], { NODE_COMPILE_CACHE: cache, ...env })
}
