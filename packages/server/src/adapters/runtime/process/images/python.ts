import { execFile } from 'node:child_process'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { PortError } from '@mllab/kernel'

import { SYSTEM_PATH } from '../host/host.ts'

const run = promisify(execFile)

export interface Interpreter {
  /** Real path: never a shim or a link that may change. */
  readonly path: string
  /** `3.11.2` */
  readonly version: string
  readonly minor: number
  /** `glibc 2.36`, or empty where Python cannot tell. */
  readonly libc: string
  /** Every user of the machine can start it. One in a closed home folder fails for a workload with a uid of its own. */
  readonly open: boolean
}

const OLDEST_MINOR = 10
const NEWEST_MINOR = 13
const NEEDED = `Python 3.${OLDEST_MINOR} to 3.${NEWEST_MINOR}`

const PROBE = `
import json, platform, sys
assert sys.implementation.name == 'cpython'
print(json.dumps([sys.version_info[:3], ' '.join(platform.libc_ver())]))`

export interface Pythons {
  /** The best interpreter, or the nearest to the `major.minor` asked for, with a sentence if it is not that one. */
  choose(wanted?: string): Promise<{ readonly interpreter: Interpreter; readonly notice?: string }>
}

export interface PythonOptions {
  /** Those count only that every user of the machine can start. */
  readonly openOnly?: boolean
  /** Asks one what it is; it throws, or answers nothing, for what is no CPython 3. */
  readonly ask?: (file: string) => Promise<Interpreter | undefined>
}

/** Finds Python on this machine; `candidates` are paths, best first. Looked for once, and again as long as there is none. */
export function createPythons(
  candidates: () => Promise<readonly string[]>,
  { openOnly = false, ask = probe }: PythonOptions = {},
): Pythons {
  let found: Promise<readonly Interpreter[]> | undefined
  const usable = async () => {
    const all = await (found ??= askAll(candidates, ask))
    const fitting = all.filter(fits)
    const startable = fitting.filter((interpreter) => interpreter.open || !openOnly)
    if (startable.length > 0) return startable
    if (fitting.length > 0) throw allClosed(fitting)
    found = undefined
    const others = all.map((interpreter) => `${interpreter.version} at ${interpreter.path}`).join(', ')
    throw new PortError(
      'UNSUPPORTED',
      `${NEEDED} is needed, ${others === '' ? 'and no Python was found' : `found ${others}`}. Install one, or name one in LAB_PYTHON.`,
    )
  }

  return {
    choose: async (wanted) => {
      const interpreters = await usable()
      const minor = wanted === undefined ? undefined : Number(/^3\.(\d+)/.exec(wanted)?.[1])
      const ranked = interpreters.toSorted(
        (a, b) => distance(a, minor) - distance(b, minor) || Number(b.open) - Number(a.open),
      )
      const [best] = ranked
      if (!best) throw new Error('unreachable: there is at least one')
      if (minor === undefined || best.minor === minor) return { interpreter: best }
      return { interpreter: best, notice: `Python ${wanted} was asked for; this machine has ${best.version} to offer` }
    },
  }
}

/** Whether one of these fits and can be started by every user of the machine: one after another, since the first usually does. */
export async function hasOpenPython(candidates: readonly string[]): Promise<boolean> {
  for (const candidate of candidates) {
    const file = await realpath(candidate).catch(() => undefined)
    if (file === undefined || !(await isOpen(file))) continue
    const interpreter = await probe(file).catch(() => undefined)
    if (interpreter && fits(interpreter)) return true
  }
  return false
}

function fits({ minor }: Interpreter): boolean {
  return minor >= OLDEST_MINOR && minor <= NEWEST_MINOR
}

function allClosed(interpreters: readonly Interpreter[]): PortError {
  const places = interpreters.map((interpreter) => interpreter.path).join(', ')
  return new PortError(
    'UNSUPPORTED',
    `workloads run as users of their own, and these cannot start ${places}: install a Python in /usr, or name one in LAB_PYTHON`,
  )
}

/** Where a Python usually is, followed by what `searchPath` (the server's PATH) leads to. */
export async function usualPythons(searchPath: string): Promise<readonly string[]> {
  const folders = new Set([
    '/usr/bin',
    '/usr/local/bin',
    ...searchPath.split(':').filter((folder) => path.isAbsolute(folder)),
  ])
  const names = ['python3', ...[13, 12, 11, 10].map((minor) => `python3.${minor}`)]
  const found = [...folders].flatMap((folder) => names.map((name) => path.join(folder, name)))
  for (const folder of folders) {
    // pyenv: the shims are scripts that decide by the current folder; the interpreters lie beside them.
    if (path.basename(folder) !== 'shims') continue
    const versions = path.join(path.dirname(folder), 'versions')
    for (const version of await readdir(versions).catch(() => []))
      found.push(path.join(versions, version, 'bin', 'python3'))
  }
  return found
}

function distance(interpreter: Interpreter, minor: number | undefined): number {
  if (minor === undefined || Number.isNaN(minor)) return 0
  return Math.abs(interpreter.minor - minor)
}

async function askAll(
  candidates: () => Promise<readonly string[]>,
  ask: NonNullable<PythonOptions['ask']>,
): Promise<readonly Interpreter[]> {
  const real = await Promise.all((await candidates()).map((candidate) => realpath(candidate).catch(() => undefined)))
  const distinct = [...new Set(real.filter((file) => file !== undefined))]
  const probed = await Promise.all(distinct.map((file) => ask(file).catch(() => undefined)))
  return probed.filter((interpreter) => interpreter !== undefined)
}

async function probe(file: string): Promise<Interpreter | undefined> {
  if (await isScript(file)) return undefined
  const { stdout } = await run(file, ['-I', '-c', PROBE], {
    env: { PATH: SYSTEM_PATH, LANG: 'C.UTF-8' },
    timeout: 10_000,
  })
  // Printed by the probe above.
  const [version, libc] = JSON.parse(stdout) as [[number, number, number], string]
  if (version[0] !== 3) return undefined
  return { path: file, version: version.join('.'), minor: version[1], libc, open: await isOpen(file) }
}

async function isScript(file: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return buffer.toString('latin1') === '#!'
  } finally {
    await handle.close()
  }
}

/** Whether every user of the machine finds a way to a program and may start it. */
export async function isOpen(file: string): Promise<boolean> {
  for (let place = file; ; place = path.dirname(place)) {
    if (((await stat(place)).mode & 0o001) === 0) return false
    if (place === path.dirname(place)) return true
  }
}
