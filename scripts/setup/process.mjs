import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import path from 'node:path'

/**
 * Runs a command to its end and answers its output. Never asks anything: there is no stdin.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, holds?: number }} [options] `holds` is a file descriptor that stays open as long as it runs
 * @returns {Promise<{ code: number, output: string }>} 127 if there is no such command
 */
export function run(command, args, options = {}) {
  const { holds, ...rest } = options
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      ...rest,
      stdio: ['ignore', 'pipe', 'pipe', ...(holds === undefined ? [] : [holds])],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    child.once('error', (error) => resolve({ code: 127, output: error.message }))
    child.once('close', (code, signal) => resolve({ code: exitCode(code, signal), output }))
  })
}

/**
 * npm with the Node of `env`, whichever npm the machine has.
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, node?: string, holds?: number }} options
 */
export function runNpm(args, { node = process.execPath, ...options }) {
  const quiet = [...args, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
  const cli = process.env.npm_execpath
  const isNpm = cli !== undefined && path.basename(cli) === 'npm-cli.js'
  return isNpm ? run(node, [cli, ...quiet], options) : run('npm', quiet, options)
}

/**
 * Becomes the command: same terminal, signals, exit code. Where Node can, in the literal sense, without a process that waits.
 * @param {string} command absolute
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
export function become(command, args, env) {
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    process.removeAllListeners('warning').on('warning', () => undefined) // it is called experimental
    process.execve(command, [command, ...args], env)
  }
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: 'inherit' })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      // Ctrl-C reaches the whole group of the terminal; only a signal sent to this process has to be passed on.
      process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)))
    }
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(exitCode(code, signal)))
  })
}

function exitCode(code, signal) {
  return code === null ? 128 + (constants.signals[signal] || 0) : code
}
