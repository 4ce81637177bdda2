import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** @typedef {{ passed: number, failed: number }} Count */

const SUMMARY = /^(\d+) passed, (\d+) failed\s*$/

/**
 * The suites beside the code. A file that does not even load counts as one failure, and so does a run that fails without a failed test.
 * @param {string} root
 * @param {import('../node26.mjs').NodeToUse} nodeToUse
 * @param {string[]} args for vitest: parts of file names, `-t name`
 * @returns {Promise<Count>}
 */
export async function runVitest(root, { node, env }, args) {
  const folder = await mkdtemp(path.join(tmpdir(), 'mllab-results-'))
  try {
    const results = path.join(folder, 'vitest.json')
    const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
    const code = await runHere(node, [vitest, 'run', ...reporters, ...args], { cwd: root, env })
    return countOfVitest(await readFile(results, 'utf8').catch(() => undefined), code)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string | undefined} json what the JSON reporter wrote
 * @param {number} code the exit code
 * @returns {Count}
 */
export function countOfVitest(json, code) {
  if (json === undefined) return { passed: 0, failed: 1 }
  const { numPassedTests: passed, numFailedTests, testResults } = JSON.parse(json)
  const broken = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  const failed = numFailedTests + broken.length
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed }
}

/**
 * The journeys through the built product. Their program ends its output with `N passed, N failed`; only the sum is shown.
 * @param {string} root
 * @param {import('../node26.mjs').NodeToUse} nodeToUse
 * @returns {Promise<Count>}
 */
export async function runJourneys(root, { node, env }) {
  let last
  const code = await runHere(node, [path.join(root, 'e2e', 'run.ts')], { cwd: root, env }, (line) => {
    const summary = SUMMARY.exec(line)
    if (summary) last = { passed: Number(summary[1]), failed: Number(summary[2]) }
    else process.stdout.write(`${line}\n`)
  })
  if (!last) return { passed: 0, failed: 1 }
  return code !== 0 && last.failed === 0 ? { ...last, failed: 1 } : last
}

/** In this terminal, but with no stdin. `onLine` takes the place of stdout. */
function runHere(command, args, options, onLine) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'inherit'] })
    if (onLine) splitLines(child.stdout, onLine)
    const forward = (signal) => child.kill(signal)
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, forward)
    child.once('error', reject)
    child.once('close', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, forward)
      resolve(code === null ? 1 : code)
    })
  })
}

function splitLines(stream, onLine) {
  let rest = ''
  stream.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()
    lines.forEach(onLine)
  })
  stream.on('end', () => rest && onLine(rest))
}
