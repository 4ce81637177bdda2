import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'

import { testFolder } from '@mllab/testkit/folder'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { mutations, type Mutation } from './attacks/mutations.ts'

const ROOT = path.join(import.meta.dirname, '../../..')
const folder = path.join(testFolder(), 'mutants')
let attackers: ReturnType<typeof createAttackers>

/** Two processes that attack one mutant after the other: starting one for each would take longer than the attacks. */
beforeAll(async () => {
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}')
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'))
  attackers = createAttackers(2)
})
afterAll(() => attackers.close())

describe.concurrent('a gateway without its check of', () => {
  it.each(mutations.map((mutation, number) => ({ ...mutation, number })))(
    '$check is noticed',
    { timeout: 60_000 },
    async ({ number, ...mutation }) => {
      const copy = path.join(folder, String(number))
      await makeMutant(copy, mutation)
      expect(await attackers.noticed(copy, mutation.noticedBy)).not.toBe('')
    },
  )
})

async function makeMutant(copy: string, { file, from, to }: Mutation): Promise<void> {
  await cp(import.meta.dirname, copy, { recursive: true, filter: (source) => !source.endsWith('.test.ts') })
  const source = await readFile(path.join(copy, file), 'utf8')
  if (source.split(from).length !== 2) throw new Error(`${file} does not have ${JSON.stringify(from)} once`)
  await writeFile(
    path.join(copy, file),
    source.replace(from, () => to),
  )
}

function createAttackers(count: number) {
  const waiting: ((attacker: ReturnType<typeof startAttacker>) => void)[] = []
  const idle = Array.from({ length: count }, startAttacker)
  const all = new Set(idle)
  const release = (attacker: ReturnType<typeof startAttacker>) => {
    const next = waiting.shift()
    if (next) next(attacker)
    else idle.push(attacker)
  }
  return {
    noticed: async (copy: string, first: string): Promise<string> => {
      const attacker = idle.pop() ?? (await new Promise<ReturnType<typeof startAttacker>>((take) => waiting.push(take)))
      const id = await attacker.ask(`${copy}\t${first}`)
      if (id !== undefined) release(attacker)
      else {
        all.delete(attacker)
        const fresh = startAttacker()
        all.add(fresh)
        release(fresh)
      }
      return id ?? 'the process ended'
    },
    close: async () => {
      for (const { child } of all) await ended(child)
    },
  }
}

function startAttacker() {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'attacks/mutant.fixture.ts')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const lines = createInterface({ input: child.stdout })
  child.stdin.on('error', () => undefined)
  return {
    child,
    /** Undefined if the process ended. */
    ask: (question: string) =>
      new Promise<string | undefined>((resolve) => {
        const gone = () => resolve(undefined)
        lines.once('line', (line) => {
          child.off('close', gone)
          resolve(line)
        })
        child.once('close', gone)
        child.stdin.write(`${question}\n`)
      }),
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill()
  await once(child, 'close')
}
