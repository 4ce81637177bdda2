import { writeFile } from 'node:fs/promises'
import path from 'node:path'

import { PortError } from '@mllab/kernel'

import { readAllStats } from '../host/proc.ts'
import { enter, packVariables } from './enter.ts'
import type { createIdentities, Identity } from './identities.ts'
import type { Isolation, Place } from './isolation.ts'
import { sandboxArguments } from './sandbox.ts'

type Identities = ReturnType<typeof createIdentities>

const SHELL_IGNORING_SIGNALS = ['/bin/sh', '-c', 'trap "" HUP INT QUIT TERM; exec "$@"', 'sh']
/** bubblewrap itself has to stay until the command is done, however that takes a polite signal. */
const SIGNALS_AS_USUAL = ['env', '--default-signal=HUP,INT,QUIT,TERM']

export function noWall(why: string): Isolation {
  return {
    mode: 'none',
    detail: `Workloads run as the server's own user and can read its files, other projects included: for one trusting team. ${why}`,
    passable: false,
    userName: undefined,
    identityOf: async () => undefined,
    enclose: async (launch) => launch,
    join: (launch) => launch,
  }
}

/** Every project a group, every person in it a user of the system. Needs root. */
export function usersWall(identities: Identities): Isolation {
  return {
    mode: 'users',
    detail:
      'Every project, and in it every person with workspaces, has a user of the system of its own; files are closed to the others. Processes, network and /tmp of the machine are seen by all.',
    passable: true,
    userName: 'lab',
    identityOf: (owner) => identities.of(owner),
    enclose: async ({ command, env }, { identity, workingFolder }) => ({
      command: [...becoming(identity), ...enter(workingFolder, command)],
      env: packVariables(env),
    }),
    join: ({ command, env }, { identity, workingFolder }) => ({
      command: [...becoming(identity), ...enter(workingFolder, command)],
      env,
    }),
  }
}

/** bubblewrap: processes and mounts of its own, the data root out of sight; as root with a user for everybody besides. */
export function namespacesWall(bwrap: string, dataRoot: string, identities: Identities | undefined): Isolation {
  return {
    mode: 'namespaces',
    detail:
      'Every workload sees its own processes and its own files only (bubblewrap). The network of the machine is shared.',
    passable: false,
    userName: 'lab',
    identityOf: async (owner) => identities?.of(owner),
    enclose: async ({ command, env }, place) => {
      await writeNames(place)
      return { command: sandboxed(bwrap, dataRoot, command, place), env: packVariables(env) }
    },
    join: ({ command, env }, place, wrapperPid) => {
      // A user cannot come back into namespaces that bubblewrap made inside others of its own. It gets the same view once more, and its
      // own processes only.
      if (!place.identity) return { command: sandboxed(bwrap, dataRoot, command, place), env }
      const target = ['--target', String(firstInside(wrapperPid)), '--mount', '--pid', '--ipc']
      const inside = [...becoming(place.identity), ...enter(place.workingFolder, command)]
      return { command: ['nsenter', ...target, '--', ...inside], env }
    },
  }
}

function sandboxed(bwrap: string, dataRoot: string, command: readonly string[], place: Place): string[] {
  const inside = [...becoming(place.identity), ...SIGNALS_AS_USUAL, ...enter(place.workingFolder, command)]
  const view = { ...place, ...namesOf(place), hidden: dataRoot }
  return [...SHELL_IGNORING_SIGNALS, bwrap, ...sandboxArguments(view), ...inside]
}

/** From root to a user of its own for good: no groups of root's, and no program that gives rights. */
function becoming(identity: Identity | undefined): string[] {
  if (!identity) return []
  const { uid, gid } = identity
  return ['setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups', '--no-new-privs', '--']
}

/** Programs such as ssh and git refuse a user without a name. */
async function writeNames(place: Place): Promise<void> {
  const { identity, workingFolder } = place
  // Not `os.userInfo`: the server's own user may have no name either.
  const { uid, gid } = identity ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const { passwd, group } = namesOf(place)
  const root = uid === 0 ? '' : 'root:x:0:0:root:/root:/bin/sh\n'
  const nobody = 'nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n'
  await writeFile(passwd, `${root}lab:x:${uid}:${gid}:lab:${workingFolder}:/bin/sh\n${nobody}`, { mode: 0o644 })
  await writeFile(group, `root:x:0:\nlab:x:${gid}:\nnogroup:x:65534:\n`, { mode: 0o644 })
}

function namesOf({ runFolder }: Place) {
  return { passwd: path.join(runFolder, 'passwd'), group: path.join(runFolder, 'group') }
}

/** The first process behind the wall: the child of bubblewrap, which is the child of the wrapper. */
function firstInside(wrapperPid: number): number {
  const all = readAllStats()
  const outside = all.find(({ parent }) => parent === wrapperPid)
  const inside = outside && all.find(({ parent }) => parent === outside.pid)
  if (!inside) throw new PortError('UNAVAILABLE', 'the instance is just starting or ending')
  return inside.pid
}
