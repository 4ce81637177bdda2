import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

import { randomSecret } from '@mllab/kernel'
import { afterEach, describe, expect, it } from 'vitest'

import { createProcessTable, MARKER_VARIABLE } from './process-table.ts'

const [OWNER, STRANGER] = [30_421, 30_422]

describe.runIf(process.getuid?.() === 0)('the processes of an instance', () => {
  const children: ChildProcess[] = []
  afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')))

  const hold = async (uid: number, marker: string) => {
    const env = { [MARKER_VARIABLE]: marker, PATH: '/usr/bin:/bin' }
    const child = spawn('/bin/sh', ['-c', 'echo up; read -r _'], { uid, gid: uid, env, stdio: ['pipe', 'pipe', 'ignore'] }) // prettier-ignore
    children.push(child)
    await once(child.stdout, 'data')
    return child.pid ?? 0
  }

  it('are those of its user: what others write into the same variable makes them none of it', async () => {
    const marker = randomSecret()
    const [own, foreign] = [await hold(OWNER, marker), await hold(STRANGER, marker)]
    const table = createProcessTable()
    const pids = async (tree: { marker: string; user?: number }) =>
      (await table.look()).members(tree).map(({ pid }) => pid)
    expect(await pids({ marker, user: OWNER })).toEqual([own])
    expect(await pids({ marker, user: OWNER })).toEqual([own])
    expect((await pids({ marker })).toSorted()).toEqual([own, foreign].toSorted())
  })
})
