import { readFileSync } from 'node:fs'
import { open, readFile, rename } from 'node:fs/promises'

import { hasCode, PortError } from '@mllab/kernel'

/** Who shares files and processes: `tenant` becomes a user of the system, `projectId` a group. */
export interface Owner {
  readonly projectId: string
  readonly tenant: string
}

export interface Identity {
  readonly uid: number
  readonly gid: number
}

/** Above people and packages of this machine, below what containers and systemd hand out. */
const FIRST = 20_000
const LAST = 59_999

interface Numbers {
  readonly users: Readonly<Record<string, number>>
  readonly groups: Readonly<Record<string, number>>
}

/**
 * Numbers of users and groups that only this runtime knows: given once, kept in `file` for good, for files on disk carry them. No entry
 * in `/etc/passwd` is needed.
 */
export function createIdentities(file: string) {
  let numbers: Promise<Numbers> | undefined
  let last: Promise<unknown> = Promise.resolve()

  const give = async ({ projectId, tenant }: Owner): Promise<Identity> => {
    const known = await (numbers ??= readNumbers(file))
    const gid = known.groups[projectId] ?? nextNumber(known, '/etc/group')
    const withGroup = { ...known, groups: { ...known.groups, [projectId]: gid } }
    const uid = known.users[tenant] ?? nextNumber(withGroup, '/etc/passwd')
    if (known.groups[projectId] !== gid || known.users[tenant] !== uid) {
      const changed = { ...withGroup, users: { ...known.users, [tenant]: uid } }
      await writeNumbers(file, changed)
      numbers = Promise.resolve(changed)
    }
    return { uid, gid }
  }

  return {
    /** Numbers of an owner, the same ones for ever. Throws `UNAVAILABLE` when all are given away. */
    of: (owner: Owner): Promise<Identity> => {
      const mine = last.then(() => give(owner))
      last = mine.catch(() => undefined)
      return mine
    },
  }
}

/** One row of numbers for both kinds, so that none means two things. */
function nextNumber(known: Numbers, names: '/etc/passwd' | '/etc/group'): number {
  const given = [...Object.values(known.users), ...Object.values(known.groups)]
  const foreign = foreignNumbers(names)
  let next = Math.max(FIRST - 1, ...given) + 1
  while (foreign.has(next)) next += 1
  if (next > LAST)
    throw new PortError('UNAVAILABLE', `all user numbers from ${FIRST} to ${LAST} are given away`, { retryable: false })
  return next
}

function foreignNumbers(file: string): ReadonlySet<number> {
  try {
    return new Set(
      readFileSync(file, 'utf8')
        .split('\n')
        .map((line) => Number(line.split(':')[2])),
    )
  } catch {
    // A machine without one has nobody to meet.
    return new Set()
  }
}

async function readNumbers(file: string): Promise<Numbers> {
  try {
    // Written by `writeNumbers` only, whole, in a folder of ours.
    return JSON.parse(await readFile(file, 'utf8')) as Numbers
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { users: {}, groups: {} }
    throw error
  }
}

async function writeNumbers(file: string, numbers: Numbers): Promise<void> {
  const handle = await open(`${file}.tmp`, 'w', 0o600)
  try {
    await handle.writeFile(JSON.stringify(numbers))
    // A number that is forgotten and given again would hand somebody's files to somebody else.
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${file}.tmp`, file)
}
