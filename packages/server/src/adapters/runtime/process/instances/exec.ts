import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'

import { PortError } from '@mllab/kernel'

import { readAllStats, readEnviron, readUser } from '../host/proc.ts'
import { MARKER_VARIABLE } from '../host/process-table.ts'
import { packVariables } from '../isolation/enter.ts'
import type { Isolation } from '../isolation/isolation.ts'
import type { Entry } from './registry.ts'

/** What of the output is kept: the end. */
const MAX_OUTPUT_BYTES = 1024 * 1024

/** Joins the cgroups of the instance, given before `--`, and becomes the command. */
const ENTER = 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"'

/**
 * Runs a command where an instance runs: its environment, its folder, its marker, so that removing the instance ends the command too.
 * The environment is taken from the running process, the only place where its secrets are.
 */
export async function execInInstance(
  entry: Entry,
  command: readonly string[],
  signal: AbortSignal,
  isolation: Isolation,
): Promise<{ code: number; output: string }> {
  const { identity, record } = entry
  if (!identity || entry.exit) throw new PortError('UNAVAILABLE', `${record.spec.name} is not running`)
  if (entry.suspended) throw new PortError('UNAVAILABLE', `${record.spec.name} is suspended`)
  if (command.length === 0) throw new PortError('INVALID', 'no command was given')
  if (record.isolation !== isolation.mode)
    throw new PortError(
      'UNAVAILABLE',
      `${record.spec.name} runs with another isolation than is set now; start it again`,
    )
  const launch = isolation.join({ command, env: await environmentOf(entry, identity.pid) }, record.place, identity.pid)
  const joined = [record.groups?.main ?? [], record.groups?.others ?? []].flat()
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', ENTER, 'sh', ...joined, '--', ...launch.command], {
      cwd: record.place.workingFolder,
      env: launch.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output = keepEnd(MAX_OUTPUT_BYTES)
    const stop = () => child.pid !== undefined && killGroup(child.pid)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    child.stdout.on('data', output.add)
    child.stderr.on('data', output.add)
    child.on('error', (cause) =>
      reject(new PortError('UNAVAILABLE', `nothing can be started there: ${cause.message}`, { cause })),
    )
    child.on('close', (code, killedBy) => {
      signal.removeEventListener('abort', stop)
      if (signal.aborted) reject(signal.reason)
      else resolve({ code: code ?? (killedBy ? 137 : 1), output: output.text() })
    })
  })
}

async function environmentOf({ record }: Entry, wrapperPid: number): Promise<Record<string, string>> {
  if (!record.warm) return readEnvironment(wrapperPid)
  const holder = readAllStats().find(({ pid }) => {
    const variables = readEnviron(pid)?.split('\0') ?? []
    if (!variables.includes('LAB_ENVIRONMENT=1') || !variables.includes(`${MARKER_VARIABLE}=${record.marker}`))
      return false
    // Anybody can say so of himself.
    return record.place.identity === undefined || readUser(pid) === record.place.identity.uid
  })
  if (!holder) throw new PortError('UNAVAILABLE', `${record.spec.name} is just starting or ending`)
  const { LAB_ENVIRONMENT: _mark, ...env } = await readEnvironment(holder.pid)
  return record.isolation === 'none' ? env : packVariables(env)
}

async function readEnvironment(pid: number): Promise<Record<string, string>> {
  const entries = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').filter((entry) => entry.includes('='))
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  )
}

function keepEnd(limitBytes: number) {
  let chunks: Buffer[] = []
  let size = 0
  return {
    add: (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.byteLength
      if (size <= 2 * limitBytes) return
      chunks = [Buffer.concat(chunks).subarray(-limitBytes)]
      size = limitBytes
    },
    text: () => Buffer.concat(chunks).subarray(-limitBytes).toString('utf8'),
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}
