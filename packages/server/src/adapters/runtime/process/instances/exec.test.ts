import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod } from 'node:fs/promises'

import { randomSecret } from '@mllab/kernel'
import { afterAll, afterEach, describe, expect, it } from 'vitest'

import { usersWall } from '../isolation/walls.ts'
import { newFolder, removeFolders } from '../testing/fixtures.ts'
import { execInInstance } from './exec.ts'
import type { Entry } from './registry.ts'

const [OWNER, STRANGER] = [30_419, 30_420]

describe.runIf(process.getuid?.() === 0)('a command beside an instance that was kept ready', () => {
  const children: ChildProcess[] = []
  afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')))
  afterAll(removeFolders)

  const hold = async (uid: number, env: Readonly<Record<string, string>>) => {
    const child = spawn('/bin/sh', ['-c', 'echo up; read -r _'], {
      uid,
      gid: uid,
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    children.push(child)
    await once(child.stdout, 'data')
    return child.pid ?? 0
  }

  it('gets the variables of its user, whatever another one pretends', async () => {
    const folder = await newFolder()
    await chmod(folder, 0o755)
    const marker = randomSecret()
    const named = (WHO: string) => ({ WHO, LAB_ENVIRONMENT: '1', LAB_WORKLOAD: marker, PATH: '/usr/bin:/bin' })
    // First in every list: it has the lower number.
    await hold(STRANGER, named('a stranger'))
    const pid = await hold(OWNER, named('its owner'))
    const isolation = usersWall({ of: async () => ({ uid: OWNER, gid: OWNER }) })
    const place = { identity: { uid: OWNER, gid: OWNER }, workingFolder: folder }
    const record = { warm: true, marker, isolation: 'users', place, spec: { name: 'probe' } }
    // As much of one as a command needs.
    const entry = { identity: { pid }, record, suspended: false } as unknown as Entry
    const { output } = await execInInstance(
      entry,
      ['/bin/sh', '-c', 'echo "$WHO as $(id -u)"'],
      AbortSignal.timeout(10_000),
      isolation,
    )
    expect(output).toBe(`its owner as ${OWNER}\n`)
  })
})
