import { isLabError } from '@mllab/contract'

import {
  bytesOf,
  filesOfPath,
  filesOfVersion,
  runArtifactUri,
  wireRunId,
  type ArtifactOwner,
} from '../../modules/tracking/tracking.ts'
import { MlflowError } from './errors.ts'
import { missing } from './input.ts'
import { BytesReply, get, type MlflowCall, type MlflowRoute, post } from './route.ts'
import { knownRun, runIdOf } from './runs.ts'

/** A path below `mlflow-artifacts:/` is always below a run, a logged model or a registered version: there is nothing else there. */
export function ownerOfPath(projectId: string, path: string): { owner: ArtifactOwner; path: string } {
  const files = filesOfPath(projectId, path.replace(/^\/+|\/+$/g, ''))
  if (!files) throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `No artifacts at '${path.slice(0, 200)}'`)
  return { owner: ownerOf(files.tree), path: files.folder }
}

function ownerOf({ kind, id }: { kind: ArtifactOwner['kind']; id: string }): ArtifactOwner {
  return { kind, id: kind === 'logged-model' ? id : wireRunId(id) }
}

/** Files and folders in a folder as MLflow lists them: none, if there is no such folder or it is a file. */
export async function fileMessages(
  { tracking, actor, project }: MlflowCall,
  owner: ArtifactOwner,
  folder: string,
): Promise<{ path: string; is_dir: boolean; file_size?: number }[]> {
  try {
    const children = await tracking.artifacts.list(actor, project, owner, folder.replace(/^\/+|\/+$/g, ''))
    return children.map(({ path, folder: isFolder, sizeBytes }) => ({
      path,
      is_dir: isFolder,
      ...(sizeBytes === null ? {} : { file_size: sizeBytes }),
    }))
  } catch (error) {
    if (isLabError(error, 'NOT_FOUND')) return []
    throw error
  }
}

export async function served(
  { tracking, actor, project, range }: MlflowCall,
  owner: ArtifactOwner,
  path: string,
): Promise<BytesReply> {
  return new BytesReply(bytesOf(await tracking.artifacts.open(actor, project, owner, path, range)))
}

const presigned = async () => {
  // The prefix by which clients know that they have to do without (http_artifact_repo.py).
  throw new MlflowError('NOT_IMPLEMENTED', 'Presigned URLs are not supported: artifacts go through this server.')
}

export const artifactRoutes: readonly MlflowRoute[] = [
  get('/artifacts/list', 'runs:read', async (call) => {
    const { tracking, actor, project, input } = call
    const id = runIdOf(input)
    const row = await knownRun(id, tracking.runs.find(actor, project, id))
    const numbers = await tracking.experiments.numbersOf(actor, project, [row.experiment])
    return {
      root_uri: runArtifactUri(numbers.get(row.experiment) ?? 0, row.id),
      files: await fileMessages(call, { kind: 'run', id }, input.text('path') ?? ''),
    }
  }),
  post('/artifacts/presigned-upload-url', 'runs:write', presigned),
  post('/artifacts/presigned-download-url', 'runs:read', presigned),
  get('/artifacts/presigned-download-url', 'runs:read', presigned),
  {
    method: 'GET',
    path: '/get-artifact',
    action: 'runs:read',
    handle: async (call) => {
      const id = runIdOf(call.input)
      await knownRun(id, call.tracking.runs.find(call.actor, call.project, id))
      return served(call, { kind: 'run', id }, call.input.requiredText('path'))
    },
  },
  {
    method: 'GET',
    path: '/model-versions/get-artifact',
    action: 'models:read',
    handle: async (call) => {
      const { tracking, actor, project, input } = call
      const [name, version] = [input.requiredText('name'), input.integer('version')]
      if (version === undefined) throw missing('version')
      const row = await tracking.versions.find(actor, project, name, version)
      const files = filesOfVersion(row)
      if (!files) throw new MlflowError('RESOURCE_DOES_NOT_EXIST', 'The files of this version are not here.')
      const path = input.requiredText('path')
      return served(call, ownerOf(files.tree), files.folder === '' ? path : `${files.folder}/${path}`)
    },
  },
]
