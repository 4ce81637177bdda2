import type { FolderRef, TreeRef } from '../../files/files.ts'
import { invalid, runIdFromWire } from '../values.ts'
import type { VersionRow } from './versions.store.ts'

/** Where the files of a model version lie: a version of their own, or a tree, and the folder in it. */
export interface ModelFiles<Tree extends FolderRef = FolderRef> {
  readonly tree: Tree
  /** Without slashes at the ends; '' is the root. */
  readonly folder: string
}

/**
 * Reads the source that a client gave a model version. It may be our own artifact address, `runs:/<run>/<path>`, or
 * `models:/m-<id>`; anything else (`s3://…`) is somewhere we do not look, and undefined.
 */
export function filesOfSource(projectId: string, source: string): ModelFiles | undefined {
  const logged = /^models:\/+(m-[0-9a-f]{32})(?:\/(.*))?$/.exec(source)
  if (logged) return inModel(projectId, logged[1], logged[2])
  const ofRun = /^runs:\/+([0-9a-f]{32})(?:\/(.*))?$/.exec(source)
  if (ofRun) return inRun(projectId, ofRun[1], ofRun[2])
  // A client that was given a tracking address may have put the host between: `mlflow-artifacts://host/0/…`.
  const path = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/.exec(source)?.[1]
  return path === undefined ? undefined : filesOfPath(projectId, path)
}

export interface VersionSource {
  readonly name: string
  /** One of both. */
  readonly version: number | undefined
  readonly alias: string | undefined
}

/** Reads a source that is another version: `models:/<name>/<version>` or `models:/<name>@<alias>`, as copies of versions have. */
export function versionOfSource(source: string): VersionSource | undefined {
  const [, name, version, alias] = /^models:\/+([^/@:]+)(?:\/(\d{1,15})|@([^/]+))$/.exec(source) ?? []
  if (name === undefined) return undefined
  return { name, version: version === undefined ? undefined : Number(version), alias }
}

/**
 * Reads a path below `mlflow-artifacts:/`: `<experiment>/<run>/artifacts/…`, `<experiment>/models/<m-id>/artifacts/…`, or
 * `versions/<id>/artifacts/…` for the files of a registered version.
 */
export function filesOfPath(projectId: string, path: string): ModelFiles | undefined {
  const version = /^versions\/([0-9a-f]{32})\/artifacts(?:\/(.*))?$/.exec(path)
  if (version) return inVersion(projectId, version[1], version[2])
  const model = /^\d+\/models\/(m-[0-9a-f]{32})\/artifacts(?:\/(.*))?$/.exec(path)
  if (model) return inModel(projectId, model[1], model[2])
  const run = /^\d+\/([0-9a-f]{32})\/artifacts(?:\/(.*))?$/.exec(path)
  return run ? inRun(projectId, run[1], run[2]) : undefined
}

/** Its own files, if it keeps them. A version of a logged model whose source says something else of its own still has the model's. */
export function filesOfVersion(
  row: Pick<VersionRow, 'project_id' | 'source' | 'logged_model_id' | 'file_version_id'>,
): ModelFiles | undefined {
  if (row.file_version_id !== null)
    return { tree: { projectId: row.project_id, kind: 'version', id: row.file_version_id }, folder: '' }
  if (row.logged_model_id !== null && !/^(?:runs|mlflow-artifacts):/.test(row.source))
    return { tree: { projectId: row.project_id, kind: 'logged-model', id: row.logged_model_id }, folder: '' }
  return filesOfSource(row.project_id, row.source)
}

/** Files of the machine a server runs on are nobody's model; MLflow refuses them for the same reason. */
export function checkSource(source: string) {
  if (source === '') throw invalid(`Missing value for required parameter 'source'.`)
  if (/^file:/i.test(source) || source.startsWith('/') || /(?:^|[/\\])\.\.(?:[/\\]|$)/.test(decoded(source)))
    throw invalid(`Invalid model version source: '${source}'. It must not be a path of the server.`)
  if (source.length > 2000) throw invalid(`'source' exceeds the maximum length of 2000 characters`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function inModel(
  projectId: string,
  id: string | undefined,
  folder: string | undefined,
): ModelFiles<TreeRef> | undefined {
  return id === undefined ? undefined : { tree: { projectId, kind: 'logged-model', id }, folder: trimmed(folder) }
}

function inRun(
  projectId: string,
  wireId: string | undefined,
  folder: string | undefined,
): ModelFiles<TreeRef> | undefined {
  const id = wireId === undefined ? undefined : runIdFromWire(wireId)
  return id === undefined ? undefined : { tree: { projectId, kind: 'run', id }, folder: trimmed(folder) }
}

function inVersion(projectId: string, wireId: string | undefined, folder: string | undefined): ModelFiles | undefined {
  const id = wireId === undefined ? undefined : runIdFromWire(wireId)
  return id === undefined ? undefined : { tree: { projectId, kind: 'version', id }, folder: trimmed(folder) }
}

function trimmed(folder: string | undefined): string {
  return (folder ?? '').replace(/^\/+|\/+$/g, '')
}
