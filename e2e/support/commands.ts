import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { repository } from './product.ts'

const run = promisify(execFile)
const LIMIT_MS = 60_000

export interface Surroundings {
  /** In place of the address that documents name. */
  readonly url: string
  /** In place of `mlp_…`. */
  readonly token: string
  readonly env: Readonly<Record<string, string>>
}

/**
 * Runs what a document tells its reader to type: its blocks marked `sh`, one after the other in one shell, in the folder of the example,
 * and ends at the first that fails. Answers what they printed. Blocks marked otherwise are for reading.
 */
export async function runCommandsOf(document: string, { url, token, env }: Surroundings): Promise<string> {
  const text = await readFile(path.join(repository, document), 'utf8')
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands = '']) => commands)
  if (blocks.length === 0) throw new Error(`${document} has no commands`)
  const script = blocks.join('\n').replaceAll('http://localhost:8091', url).replaceAll('mlp_…', token)
  return runShell(script, env)
}

/** Runs commands in the folder of the example and ends at the first that fails. Answers what they printed. */
export async function runShell(script: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await run('bash', ['-eu', '-o', 'pipefail', '-c', script], {
    cwd: path.join(repository, 'examples', 'wine-quality'),
    env,
    timeout: LIMIT_MS,
  })
  return stdout
}
