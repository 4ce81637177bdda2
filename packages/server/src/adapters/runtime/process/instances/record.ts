import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { crashPoint, hasCode } from '@mllab/kernel'

import type { Endpoint, ExitReason, InstanceSpec } from '../../../../ports/runtime.ts'
import { giveEach } from '../isolation/place.ts'
import { parseIdentity } from '../host/spawn.ts'
import type { InstanceGroups } from '../host/controllers.ts'
import type { ProcessIdentity } from '../host/proc.ts'
import type { IsolationMode, Place } from '../isolation/isolation.ts'
import { removeFolder } from '../remove-folder.ts'

/** What is kept on disk of an instance: enough to find it again and to end it. No environment: values may be secret. */
export interface InstanceRecord {
  readonly spec: Omit<InstanceSpec, 'env' | 'secretEnv'>
  /** Names the folder of this start; every start has its own. */
  readonly run: string
  readonly startedAt: number
  readonly endpoints: Readonly<Record<string, Endpoint>>
  readonly marker: string
  readonly groups?: InstanceGroups
  /** The wall it was started behind, and as whom. */
  readonly isolation: IsolationMode
  readonly place: Place
  /** Where in the log it begins; what lies before is of earlier starts. */
  readonly logFrom?: number
  /** It was kept ready: the environment of its wrapper is not its own. */
  readonly warm?: true
}

/** What the wrapper cannot know about an end. */
export interface EndNote {
  readonly reason: Exclude<ExitReason, 'exit' | 'killed'>
  readonly detail: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Files of one instance. */
export interface InstanceFolder {
  readonly folder: string
  readonly log: string
  run(run: string): RunFiles
}

export type RunFiles = ReturnType<typeof runFiles>

export function instanceFolder(instances: string, key: string): InstanceFolder {
  const folder = path.join(instances, key)
  return {
    folder,
    log: path.join(folder, 'log'),
    run: (run) => runFiles(path.join(folder, `run-${run}`)),
  }
}

/** Files of one start. */
export function runFiles(folder: string) {
  const file = (name: string) => path.join(folder, name)
  return {
    folder,
    exit: file('exit'),
    note: file('note.json'),
    scratch: file('scratch'),
    readIdentity: async (): Promise<ProcessIdentity | undefined> => {
      const text = await readIfThere(file('pid'))
      return text === undefined ? undefined : parseIdentity(text)
    },
  }
}

/** Makes room for a new start: older ones are gone afterwards, so a wrapper of theirs that comes late gives up. */
export async function prepareRun(
  files: InstanceFolder,
  record: InstanceRecord,
  { folderMode, warmFolder }: { readonly folderMode: number; readonly warmFolder: string | undefined },
): Promise<void> {
  await mkdir(files.folder, { recursive: true, mode: folderMode })
  await chmod(files.folder, folderMode)
  await removeRuns(files)
  const run = files.run(record.run)
  if (warmFolder !== undefined) await rename(warmFolder, run.folder)
  await mkdir(path.join(run.scratch, 'tmp'), { recursive: true, mode: 0o700 })
  await chmod(run.folder, folderMode)
  // Long enough for every exit code, so that the end can be written in place on a full disk.
  if (warmFolder === undefined) await writeFile(run.exit, 'running'.padEnd(20) + '\n', { mode: 0o600 })
  await writeFile(files.log, '', { flag: 'a', mode: 0o600 })
  // A program may open its output by name (/dev/stdout).
  const { identity, temporary } = record.place
  // Folders after what lies in them: once one is its own, it can be made to lead elsewhere.
  if (identity) await giveEach([files.log, temporary, run.scratch], identity)
  await replaceFile(path.join(files.folder, 'instance.json'), JSON.stringify(record))
}

export async function removeRuns(files: InstanceFolder): Promise<void> {
  for (const name of await readdir(files.folder))
    if (name.startsWith('run-')) await removeFolder(path.join(files.folder, name))
}

/** With `keepLog` only the log stays. */
export async function removeInstance(files: InstanceFolder, keepLog: boolean): Promise<void> {
  if (!keepLog) return removeFolder(files.folder)
  await rm(path.join(files.folder, 'instance.json'), { force: true })
  crashPoint('instance/record-removed')
  await removeRuns(files)
}

/** Undefined if there is none, or if a crash of the machine left half of one. */
export async function readRecord(files: InstanceFolder): Promise<InstanceRecord | undefined> {
  const text = await readIfThere(path.join(files.folder, 'instance.json'))
  try {
    // Written by `prepareRun` only, in a folder of ours.
    return text === undefined ? undefined : (JSON.parse(text) as InstanceRecord)
  } catch {
    return undefined
  }
}

export async function readNote(files: InstanceFolder, run: string): Promise<EndNote | undefined> {
  const text = await readIfThere(files.run(run).note)
  return text === undefined ? undefined : (JSON.parse(text) as EndNote)
}

export async function writeNote(files: InstanceFolder, run: string, note: EndNote): Promise<void> {
  await replaceFile(files.run(run).note, JSON.stringify(note))
}

/** Written before the tree is stopped, and removed after it goes on: a server that dies in between leaves it to be done again. */
export async function noteSuspended(files: InstanceFolder, run: string, suspended: boolean): Promise<void> {
  if (suspended) await writeFile(suspendedFile(files, run), '', { mode: 0o600 })
  else await rm(suspendedFile(files, run), { force: true })
}

export async function isSuspended(files: InstanceFolder, run: string): Promise<boolean> {
  return (await readIfThere(suspendedFile(files, run))) !== undefined
}

function suspendedFile(files: InstanceFolder, run: string): string {
  return path.join(files.run(run).folder, 'suspended')
}

export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

export async function replaceFile(file: string, content: string): Promise<void> {
  await writeFile(`${file}.tmp`, content, { mode: 0o600 })
  await rename(`${file}.tmp`, file)
}
