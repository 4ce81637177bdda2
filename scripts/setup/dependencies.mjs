import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { exclusively } from './lock.mjs'
import { runNpm } from './process.mjs'
import { step, StepError } from './steps.mjs'

/**
 * Installs what the lock file names, unless it is installed. Two calls at once do the work once.
 * @param {string} root
 * @param {import('../node26.mjs').NodeToUse} nodeToUse
 */
export async function ensureDependencies(root, { node, env }) {
  if (await areInstalled(root)) return
  const onWait = () => process.stderr.write('• Waiting for another start that installs the dependencies\n')
  await exclusively(root, onWait, async (holds) => {
    if (await areInstalled(root)) return
    await step('Installing dependencies', async () => {
      // No dependency has an install script (docs/adr/0002-dependencies.md), so none may run one.
      const { code, output } = await runNpm(['ci', '--ignore-scripts'], { cwd: root, env, node, holds })
      if (code !== 0) throw new StepError(`The dependencies could not be installed:\n${output.trim()}`)
    })
    await writeFile(stampFile(root), await hashOfLock(root))
  })
}

/** By the stamp, which is quick; without one, by what npm itself wrote down, so that `npm install` by hand counts too. */
async function areInstalled(root) {
  const hash = await hashOfLock(root)
  if ((await readOrNothing(stampFile(root))) === hash) return true
  if (!(await matchesHiddenLock(root))) return false
  await writeFile(stampFile(root), hash)
  return true
}

async function matchesHiddenLock(root) {
  const hidden = await readOrNothing(path.join(root, 'node_modules', '.package-lock.json'))
  if (hidden === undefined) return false
  const installed = JSON.parse(hidden).packages
  const wanted = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(([place, entry]) => {
    const isOurs = !place.startsWith('node_modules/') || entry.optional || entry.devOptional
    return isOurs || (place in installed && installed[place].version === entry.version)
  })
}

function stampFile(root) {
  return path.join(root, 'node_modules', '.mllab-lock')
}

async function hashOfLock(root) {
  return createHash('sha256')
    .update(await readFile(path.join(root, 'package-lock.json')))
    .digest('hex')
}

function readOrNothing(file) {
  return readFile(file, 'utf8').catch((error) => {
    if (error.code !== 'ENOENT') throw error
  })
}
