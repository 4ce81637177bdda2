import { spawn } from 'node:child_process'
import { access, readdir } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'

import type { Product } from './product.ts'

/** A program that somebody runs outside of ML Lab. */
export interface Conversation {
  /** The next line it prints. */
  hear(): Promise<string>
  say(line: string): void
  /** Ends its input and waits for its end; rejects if that is not 0. */
  end(): Promise<void>
}

/** The folder of a Python that has the real mlflow and scikit-learn: those the workspace of this product was made of. */
export async function pythonFolder(product: Product): Promise<string> {
  const environments = path.join(product.dataRoot, 'runtime', 'environments', 'environments')
  for (const key of await readdir(environments)) {
    const bin = path.join(environments, key, 'bin')
    const isWorkspace = await access(path.join(bin, 'jupyter-lab')).then(
      () => true,
      () => false,
    )
    if (isWorkspace) return bin
  }
  throw new Error(`No environment of a workspace in ${environments}: start one first`)
}

/** Nothing of the caller's environment but these, so that a variable which was forgotten is not found by accident. */
export function bareEnvironment(folder: string, variables: Readonly<Record<string, string>>): Record<string, string> {
  return {
    PATH: `${folder}:/usr/local/bin:/usr/bin:/bin`,
    HOME: path.join(folder, '..', '..'),
    LANG: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
    GIT_PYTHON_REFRESH: 'quiet',
    ...variables,
  }
}

export function converse(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Conversation {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-5000)
  })
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    hear: async () => {
      const line = await lines.next()
      if (line.done) throw new Error(`${command} ended:\n${complaints}`)
      return line.value
    },
    say: (line) => void child.stdin.write(`${line}\n`),
    end: async () => {
      child.stdin.end()
      const code = await closed
      if (code !== 0) throw new Error(`${command} ended with ${code}:\n${complaints}`)
    },
  }
}
