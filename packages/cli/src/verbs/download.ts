import path from 'node:path'

import { inParallel, LabProblem, type FileEntry, type FileVersion } from '@mllab/sdk'
import type { Command } from 'commander'

import { contextOf, type Context } from '../context.ts'
import { Failure } from '../failures.ts'
import { openProgress, type Progress } from '../output/progress.ts'
import { writeOut } from '../output/print.ts'
import type { Surroundings } from '../surroundings.ts'
import { fetchFile, openBytes } from './fetch-file.ts'

const PARALLEL = 6

export function addDownload(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('download')
    .argument('<name>', 'of the dataset; name@version for another than the latest, name/path for one file of a folder')
    .description('download a file, or a folder with all its files; the same command continues what was interrupted')
    .option('--project <slug>', 'where from; default: LAB_PROJECT, then the one of `mllab use`')
    .option('-o, --to <path>', 'file or folder to write; - for stdout; default: the last part of the name, here')
    .action(async (key: string, options: { project?: string; to?: string }) => {
      const context = await contextOf(command, surroundings)
      const source = { project: context.project(options.project), ...parseKey(key) }
      const to = options.to ?? path.posix.basename(source.name)
      if (to === '-') return await toStdout(source, context)
      const version = await versionOf(source, context)
      const progress = openProgress(`Downloading ${key}`, surroundings.stderr)
      try {
        await downloadTo(to, { ...source, ...version }, context, progress)
      } finally {
        progress.close()
      }
      context.note(`Written to ${to}`)
    })
}

interface Source {
  readonly project: string
  readonly name: string
  readonly version: number | undefined
}

/** What there is to fetch: files by the address of their bytes, and where each goes. */
interface Located {
  readonly version: number
  readonly folder: boolean
  readonly files: readonly FileEntry[]
}

async function downloadTo(
  to: string,
  source: Source & Located,
  { client, signal }: Context,
  progress: Progress,
): Promise<void> {
  const { project, name, version, folder, files } = source
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  let doneBytes = 0
  const advance = (bytes: number) => progress.at((doneBytes += bytes), totalBytes)
  advance(0)
  await inParallel(
    files,
    PARALLEL,
    (file, signal) =>
      fetchFile(client, {
        project,
        path: folder ? `${name}/${file.path}` : name,
        version,
        entry: file,
        to: folder ? inside(to, file.path) : to,
        advance,
        signal,
      }),
    signal,
  )
}

/** A name is a dataset's, or goes on below it to one file. */
async function versionOf(source: Source, context: Context): Promise<Located> {
  const { project, name, version: wanted } = source
  const { client, signal } = context
  const parts = name.split('/')
  for (let length = parts.length; length > 0; length--) {
    const dataset = parts.slice(0, length).join('/')
    const version = await findVersion(context, project, dataset, wanted)
    if (!version) continue
    const entries = await allEntries(context, project, dataset, version, parts.slice(length).join('/'))
    if (length === parts.length) return { version: version.version, folder: version.folder, files: entries }
    const below = `${parts.slice(length).join('/')}/`
    const file = entries.find(({ path }) => `${path}/` === below)
    if (file) return { version: version.version, folder: false, files: [file] }
    const files = entries.map((entry) => ({ ...entry, path: entry.path.slice(below.length) }))
    if (files.length > 0) return { version: version.version, folder: true, files }
  }
  // The server's own words for what is not there.
  await client.files.get({ params: { project, name } }, { signal })
  throw new Failure(`${name} has no version ${wanted}.`, 'See `mllab files versions`.')
}

async function findVersion(
  { client, signal }: Context,
  project: string,
  name: string,
  wanted: number | undefined,
): Promise<Pick<FileVersion, 'version' | 'folder'> | undefined> {
  try {
    const { latest, folder } = await client.files.get({ params: { project, name } }, { signal })
    if (latest === null) return undefined
    return { version: wanted ?? latest.version, folder }
  } catch (error) {
    if (error instanceof LabProblem && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}

async function allEntries(
  { client, signal }: Context,
  project: string,
  name: string,
  { version }: Pick<FileVersion, 'version'>,
  prefix: string,
): Promise<FileEntry[]> {
  const params = { project, name, version }
  const entries: FileEntry[] = []
  let cursor: string | undefined
  do {
    const query = { limit: 500, ...(cursor === undefined ? {} : { cursor }), ...(prefix === '' ? {} : { prefix }) }
    const page = await client.files.entries({ params, query }, { signal })
    entries.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return entries
}

async function toStdout({ project, name, version }: Source, { client, surroundings, signal }: Context): Promise<void> {
  const body = await openBytes(client, { project, path: name, version }, signal)
  for await (const chunk of body) await writeOut(surroundings.stdout, chunk)
}

/** A path of a manifest never leaves the folder; this is the second lock. */
function inside(folder: string, relative: string): string {
  const target = path.resolve(folder, relative)
  if (!target.startsWith(path.resolve(folder) + path.sep)) throw new Error(`${relative} leaves its folder`)
  return target
}

/** `wine@3` is version 3 of `wine`, as the server reads it. */
function parseKey(key: string): { name: string; version: number | undefined } {
  const [, name, version] = /^(.*)@(\d{1,9})$/.exec(key) ?? []
  return name === undefined ? { name: key, version: undefined } : { name, version: Number(version) }
}
