import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { exclusively } from './lock.mjs'
import { runNpm } from './process.mjs'
import { step, StepError } from './steps.mjs'

/** What ends up in the built files: the app, and the packages it is made from. */
const SOURCES = ['packages/ui', 'packages/sdk/src', 'packages/contract/src', 'package-lock.json']
const LEFT_OUT = new Set(['dist', 'node_modules', 'shots'])

/**
 * Builds the web app into packages/ui/dist, unless what lies there was built from these very sources.
 * @param {string} root
 * @param {import('../node26.mjs').NodeToUse} nodeToUse
 */
export async function ensureUi(root, { node, env }) {
  const stamp = path.join(root, 'packages', 'ui', 'dist', '.stamp')
  const isFresh = async () => (await readFile(stamp, 'utf8').catch(() => '')) === hashOfSources(root)
  if (await isFresh()) return
  const onWait = () => process.stderr.write('• Waiting for another start that builds the web app\n')
  await exclusively(path.join(root, 'packages', 'ui'), onWait, async (holds) => {
    if (await isFresh()) return
    // Taken before the build: a change meanwhile makes the next start build again.
    const hash = hashOfSources(root)
    await step('Building the web app', async () => {
      const { code, output } = await runNpm(['run', 'build', '-w', '@mllab/ui'], { cwd: root, env, node, holds })
      if (code !== 0) throw new StepError(`The web app could not be built:\n${output.trim()}`)
    })
    await writeFile(stamp, hash)
  })
}

/** Without promises: hundreds of small files are read three times as fast, and nothing else waits. */
function hashOfSources(root) {
  const hash = createHash('sha256')
  for (const source of SOURCES) addTo(hash, root, source)
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
