import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import type { Finding } from './finding.ts'

// The brackets keep this file from finding itself.
const LATER = /\b(?:[T]ODO|[F]IXME|[X]XX|[H]ACK)\b(?!\([a-z])/
const HOMES = /(?<![\w.}-])\/(?:[r]oot|[w]ork|[h]ome\/[a-z]+)\//

const RULES: readonly { readonly rule: string; readonly pattern: RegExp; readonly message: string }[] = [
  {
    rule: 'words/later',
    pattern: LATER,
    message: 'do it, delete it, or name who will: TODO(name), with a line in docs/',
  },
  {
    rule: 'words/machine-path',
    pattern: HOMES,
    message: 'a path of one machine: make it relative to the repository, or take it from the environment',
  },
]

/** Container images have their own root, and licences are not ours to change. */
const LEFT_OUT = /(^|\/)(package-lock\.json|LICENSE|Dockerfile[^/]*)$|\.(png|jpg|svg|woff2?|ico|gz|parquet)$/

/** Words that must not be in any file git knows or would take. */
export async function checkWords(root: string): Promise<Finding[]> {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard']
  const { stdout } = await promisify(execFile)('git', args, { cwd: root, maxBuffer: 64 * 1024 * 1024 })
  const files = stdout.split('\n').filter((file) => file !== '' && !LEFT_OUT.test(file))
  return (await Promise.all(files.map((file) => checkFile(root, file)))).flat()
}

async function checkFile(root: string, file: string): Promise<Finding[]> {
  // Deleted, but git does not know yet.
  const text = await readFile(path.join(root, file), 'utf8').catch(() => '')
  if (!RULES.some(({ pattern }) => pattern.test(text))) return []
  return text.split('\n').flatMap((content, index) =>
    RULES.filter(({ pattern }) => pattern.test(content)).map(({ rule, message }) => ({
      file,
      line: index + 1,
      rule,
      message,
    })),
  )
}
