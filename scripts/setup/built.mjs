import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { exclusively } from './lock.mjs'
import { runNpm } from './process.mjs'
import { step, StepError } from './steps.mjs'

/** The web app, and the packages it is made from. */
export const WEB_APP = {
  name: 'web app',
  workspace: 'packages/ui',
  sources: ['packages/ui', 'packages/sdk/src', 'packages/contract/src', 'package-lock.json'],
}

/** The server as a few plain files, which need less memory and start sooner than its sources. */
export const SERVER = {
  name: 'server',
  workspace: 'packages/server',
  sources: [
    'packages/server',
    'packages/gateway/src',
    'packages/contract/src',
    'packages/kernel/src',
    'package-lock.json',
  ],
}

const LEFT_OUT = new Set(['dist', 'node_modules', 'shots'])

/**
 * Builds `dist` of a workspace, unless what lies there was built from these very sources. Two calls at once do the work once.
 * @param {string} root
 * @param {import('../node26.mjs').NodeToUse} nodeToUse
 * @param {{ name: string, workspace: string, sources: string[] }} what
 */
export async function ensureBuilt(root, { node, env }, { name, workspace, sources }) {
  const stamp = path.join(root, workspace, 'dist', '.stamp')
  const isFresh = async () => (await readFile(stamp, 'utf8').catch(() => '')) === hashOf(root, sources)
  if (await isFresh()) return
  const onWait = () => process.stderr.write(`• Waiting for another start that builds the ${name}\n`)
  await exclusively(path.join(root, workspace), onWait, async (holds) => {
    if (await isFresh()) return
    // Taken before the build: a change meanwhile makes the next start build again.
    const hash = hashOf(root, sources)
    await step(`Building the ${name}`, async () => {
      const { code, output } = await runNpm(['run', 'build', '-w', workspace], { cwd: root, env, node, holds })
      if (code !== 0) throw new StepError(`The ${name} could not be built:\n${output.trim()}`)
    })
    await writeFile(stamp, hash)
  })
}

/** Without promises: hundreds of small files are read three times as fast, and nothing else waits. */
function hashOf(root, sources) {
  const hash = createHash('sha256')
  for (const source of sources) addTo(hash, root, source)
  return hash.digest('hex')
}

function addTo(hash, root, relative) {
  const absolute = path.join(root, relative)
  if (statSync(absolute).isFile()) return void hash.update(`${relative}\0`).update(readFileSync(absolute))
  const names = readdirSync(absolute).sort()
  for (const name of names) {
    if (LEFT_OUT.has(name) || /\.test\.tsx?$/.test(name)) continue
    addTo(hash, root, path.posix.join(relative, name))
  }
}
