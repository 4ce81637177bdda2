import { posix } from 'node:path'

import { ownerOfPath, fileMessages, served } from './artifacts.ts'
import { MlflowError } from './errors.ts'
import type { MlflowCall, MlflowRoute } from './route.ts'

const base = '/api/2.0/mlflow-artifacts'
const MOST_PARTS = 10_000

/** The file a request for a part of MLflow's multipart protocol is about: a folder in the path, the name in the body. */
function uploadedFile({ params, input, project }: MlflowCall) {
  const name = posix.basename(input.requiredText('path').replaceAll('\\', '/'))
  const folder = (params['*'] ?? '').replace(/\/+$/, '')
  return ownerOfPath(project.id, `${folder}/${name}`)
}

/**
 * MLflow's artifact proxy: `mlflow-artifacts:/<experiment>/<run>/artifacts/…` as a client resolves it against its tracking address.
 * The permission asked for is that of the run or model the path leads to.
 */
export const artifactProxyRoutes: readonly MlflowRoute[] = [
  {
    method: 'GET',
    path: `${base}/artifacts`,
    action: 'runs:read',
    handle: async (call) => {
      const asked = call.input.text('path') ?? ''
      const { owner, path } = ownerOfPath(call.project.id, asked)
      const files = await fileMessages(call, owner, path)
      // Relative to the folder that was asked for.
      return { files: files.map((file) => ({ ...file, path: posix.basename(file.path) })) }
    },
  },
  {
    method: 'GET',
    path: `${base}/artifacts/*`,
    action: 'runs:read',
    handle: (call) => {
      const { owner, path } = ownerOfPath(call.project.id, call.params['*'] ?? '')
      return served(call, owner, path)
    },
  },
  {
    method: 'PUT',
    path: `${base}/artifacts/*`,
    action: 'runs:write',
    body: 'bytes',
    handle: async ({ tracking, actor, project, params, stream, sizeBytes, signal }) => {
      const { owner, path } = ownerOfPath(project.id, params['*'] ?? '')
      await tracking.artifacts.put(actor, project, owner, path, stream, {
        signal,
        ...(sizeBytes === undefined ? {} : { sizeBytes }),
      })
      return undefined
    },
  },
  {
    method: 'DELETE',
    path: `${base}/artifacts/*`,
    action: 'runs:write',
    handle: async ({ tracking, actor, project, params }) => {
      const { owner, path } = ownerOfPath(project.id, params['*'] ?? '')
      await tracking.artifacts.remove(actor, project, owner, path)
      return undefined
    },
  },
  {
    method: 'POST',
    path: `${base}/mpu/create/*`,
    action: 'runs:write',
    handle: async (call) => {
      const { tracking, actor, project, input, address, authorization } = call
      const count = input.integer('num_parts') ?? 1
      if (count < 1 || count > MOST_PARTS)
        throw new MlflowError('INVALID_PARAMETER_VALUE', `num_parts must be between 1 and ${MOST_PARTS}.`)
      const { owner, path } = uploadedFile(call)
      const { uploadId } = await tracking.artifacts.beginParts(actor, project, owner, path)
      const place = (call.params['*'] ?? '').split('/').map(encodeURIComponent).join('/')
      // Clients send parts without credentials of their own, but with the headers they are told: their own token goes back to them.
      const headers = authorization === undefined ? {} : { authorization, 'x-mlflow-workspace': project.slug }
      return {
        upload_id: uploadId,
        credentials: Array.from({ length: count }, (_, index) => ({
          url: `${address}${base}/mpu/parts/${encodeURIComponent(uploadId)}/${index + 1}/${place}`,
          part_number: index + 1,
          headers,
        })),
      }
    },
  },
  {
    method: 'PUT',
    path: `${base}/mpu/parts/:upload_id/:number/*`,
    action: 'runs:write',
    body: 'bytes',
    handle: async ({ tracking, actor, project, params, stream, sizeBytes }) => {
      const { owner } = ownerOfPath(project.id, params['*'] ?? '')
      const number = Number(params['number'])
      if (!Number.isSafeInteger(number) || number < 1 || number > MOST_PARTS)
        throw new MlflowError('INVALID_PARAMETER_VALUE', `The number of a part is between 1 and ${MOST_PARTS}.`)
      const uploadId = params['upload_id'] ?? ''
      await tracking.artifacts.putPart(actor, project, owner, { uploadId, number, body: stream, sizeBytes })
      return undefined
    },
  },
  {
    method: 'POST',
    path: `${base}/mpu/complete/*`,
    action: 'runs:write',
    handle: async (call) => {
      const { tracking, actor, project, input } = call
      await tracking.artifacts.completeParts(actor, project, uploadedFile(call).owner, input.requiredText('upload_id'))
      return undefined
    },
  },
  {
    method: 'POST',
    path: `${base}/mpu/abort/*`,
    action: 'runs:write',
    handle: async (call) => {
      const { tracking, actor, project, input } = call
      await tracking.artifacts.abortParts(actor, project, uploadedFile(call).owner, input.requiredText('upload_id'))
      return undefined
    },
  },
  {
    method: 'GET',
    path: `${base}/presigned/*`,
    action: 'runs:read',
    handle: async () => {
      throw new MlflowError('NOT_IMPLEMENTED', 'Presigned URLs are not supported: artifacts go through this server.')
    },
  },
]
