import path from 'node:path'

import { nodeToUse } from '../node26.mjs'
import { ensureBuilt, SERVER, WEB_APP } from './built.mjs'
import { ensureDependencies } from './dependencies.mjs'
import { become } from './process.mjs'

/**
 * Everything a fresh machine needs, then the server in the place of this process.
 * @param {string} root
 * @param {string[]} args
 */
export async function becomeServer(root, args) {
  const node = await nodeToUse()
  await ensureDependencies(root, node)
  await ensureBuilt(root, node, WEB_APP)
  return await becomeServerProgram(root, node, args)
}

/**
 * The built server. Few memory arenas: with one for each thread, 10 MB lie in pieces that nobody can use.
 * @param {string} root
 * @param {import('../node26.mjs').NodeToUse} node
 * @param {string[]} args
 */
export async function becomeServerProgram(root, node, args) {
  await ensureBuilt(root, node, SERVER)
  const env = { MALLOC_ARENA_MAX: '2', ...node.env }
  return await becomeProgram(root, { ...node, env }, ['packages/server/dist/main.js', ...args])
}

/**
 * Code is compiled once, for the threads too.
 * @param {string} root
 * @param {import('../node26.mjs').NodeToUse} nodeToUse
 * @param {string[]} program its file in the repository, and its arguments
 */
export function becomeProgram(root, { node, env }, [file, ...args]) {
  const cache = path.join(root, 'node_modules/.cache/compiled')
  return become(node, [path.join(root, file), ...args], { NODE_COMPILE_CACHE: cache, ...env })
}
