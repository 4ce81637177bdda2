// Finds a Node that ML Lab runs on, or fetches one. Runs on Node 18 and later, and needs nothing installed.
import { access, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'

import { run, runNpm } from './setup/process.mjs'
import { step, StepError } from './setup/steps.mjs'

/** The version that is fetched; npm publishes the official builds as packages, one for each platform. */
const FETCHED_VERSION = '26.10.0'
const OLDEST = [24, 7]
const DAY_MS = 86_400_000

/**
 * @typedef {{ node: string, env: NodeJS.ProcessEnv }} NodeToUse
 *   the executable, and the environment in which `node` means it
 */

/**
 * The Node that runs this, if it is new enough; else the one in the cache (`$XDG_CACHE_HOME/mllab/node/<version>`), else a fresh one there.
 * Fails with one sentence if it cannot be fetched.
 * @returns {Promise<NodeToUse>}
 */
export async function nodeToUse() {
  if (isNewEnough(process.versions.node)) return withNode(process.execPath)
  const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'mllab', 'node')
  const home = path.join(cache, FETCHED_VERSION)
  const node = path.join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!(await exists(node))) {
    await step(`Fetching Node ${FETCHED_VERSION}, because this is ${process.versions.node}`, () =>
      fetchNode(cache, home, node),
    )
  }
  return withNode(node)
}

/** @param {string} version such as `24.7.0` */
export function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}

function withNode(node) {
  const folder = path.dirname(node)
  return { node, env: { ...process.env, PATH: [folder, process.env.PATH].filter(Boolean).join(path.delimiter) } }
}

/** Fetches aside, tries it, and only then moves it to its place: what was interrupted is never used. */
async function fetchNode(cache, home, node) {
  if (isMusl())
    throw new StepError(
      `ML Lab needs Node ${OLDEST.join('.')} or later; install it with this system's package manager.`,
    )
  await mkdir(cache, { recursive: true })
  await removeAbandoned(cache)
  const aside = await mkdtemp(path.join(cache, '.fetching-'))
  try {
    const name = packageName()
    const args = [
      'install',
      '--ignore-scripts',
      '--no-save',
      '--fetch-retries=1',
      '--prefix',
      aside,
      `${name}@${FETCHED_VERSION}`,
    ]
    const { code, output } = await runNpm(args, { cwd: aside, env: process.env })
    if (code !== 0) throw new StepError(whyNotFetched(output))
    const fetched = path.join(aside, 'node_modules', name)
    const { output: version } = await run(path.join(fetched, path.relative(home, node)), ['--version'])
    if (version.trim() !== `v${FETCHED_VERSION}`)
      throw new StepError(
        `The fetched Node does not run here (${version.trim()}); install Node ${OLDEST.join('.')} or later yourself.`,
      )
    await moveInto(fetched, home)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

function packageName() {
  const { platform, arch } = process
  const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'
  return `${prefix}-${platform === 'win32' ? 'win' : platform}-${arch}`
}

function whyNotFetched(output) {
  const reason =
    output.split('\n').find((line) => /\b(code|network|notarget|404)\b/.test(line)) || output.split('\n')[0]
  return (
    `ML Lab needs Node ${OLDEST.join('.')} or later and could not fetch Node ${FETCHED_VERSION} from the npm registry ` +
    `(${reason.replace(/^npm (error|ERR!) /, '').trim()}): check the network, or install Node yourself, and start again.`
  )
}

/** Somebody else may have been faster, with the same files. */
async function moveInto(fetched, home) {
  try {
    await rename(fetched, home)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error
  }
}

async function removeAbandoned(cache) {
  for (const name of await readdir(cache)) {
    const entry = path.join(cache, name)
    if (name.startsWith('.fetching-') && (await stat(entry)).mtimeMs < Date.now() - DAY_MS)
      await rm(entry, { recursive: true, force: true })
  }
}

/** The builds need glibc. */
function isMusl() {
  return process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime
}

function exists(file) {
  return access(file).then(
    () => true,
    () => false,
  )
}
