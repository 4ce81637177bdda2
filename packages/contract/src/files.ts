import { z } from 'zod'

import { Can, Id, page, PageQuery, Person, ProjectParams, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { Operation } from './operations.ts'

const sizeBytes = (text: string) => new TextEncoder().encode(text).byteLength

// oxlint-disable-next-line no-control-regex -- refusing control characters is the point
const UNWANTED = /[\u0000-\u001f\u007f\\]/

export const FilePath = z
  .string()
  .min(1, 'must not be empty')
  .refine(
    (path) => path.isWellFormed() && !UNWANTED.test(path) && path.length <= 1024 && sizeBytes(path) <= 1024,
    'must be at most 1024 bytes without backslashes and control characters',
  )
  .refine(
    (path) => path.split('/').every((part) => !['', '.', '..'].includes(part) && sizeBytes(part) <= 255),
    'must be a relative path without empty, "." or ".." parts, each of at most 255 bytes',
  )
  .describe('Relative path, `/` between parts')

/** A dataset's name never reads like `name@version`, so that a key has one meaning. */
export const DatasetName = FilePath.refine((name) => !/@\d+$/.test(name), 'must not end in "@" and digits')

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')

export const FileVersion = z.object({
  version: z.number().int().min(1),
  sizeBytes: z.number().int(),
  entries: z.number().int().describe('Files in it; 1 for a single file'),
  folder: z.boolean(),
  sha256: Sha256.nullable().describe('Of the bytes of a single file; null for a folder'),
  contentType: z.string().nullable(),
  createdAt: Time,
  createdBy: Person.nullable(),
  key: z.string().describe('How workloads refer to it: `name@version`; of a model `models:/name/version`'),
})
export type FileVersion = z.infer<typeof FileVersion>

/** Something named and versioned: a single file or a whole folder. */
export const Dataset = z.object({
  id: Id,
  name: FilePath,
  folder: z.boolean(),
  description: z.string(),
  versions: z.number().int(),
  latest: FileVersion.nullable(),
  createdAt: Time,
  updatedAt: Time,
  can: Can,
})
export type Dataset = z.infer<typeof Dataset>

export const FileEntry = z.object({ path: FilePath, sizeBytes: z.number().int(), sha256: Sha256 })
export type FileEntry = z.infer<typeof FileEntry>

/** What an upload becomes: a version of a dataset, or of a registered model, which always is a folder. */
export const UploadKind = z.enum(['dataset', 'model'])

/**
 * An upload is one stream of bytes, the entries one after the other, cut into parts of `partSizeBytes` (the last may be shorter).
 * Parts come in any order and may be repeated.
 */
export const Upload = z.object({
  id: Id,
  kind: UploadKind,
  name: FilePath,
  folder: z.boolean(),
  entries: z.number().int().describe('Files declared so far'),
  sizeBytes: z.number().int(),
  partSizeBytes: z.number().int().describe('Grows with the size until the first part is here, then stays'),
  parts: z.number().int().describe('0 if all files are empty'),
  received: z.array(z.number().int()).describe('Numbers of the parts that are here, from 1'),
  createdAt: Time,
  createdBy: Person.nullable(),
})
export type Upload = z.infer<typeof Upload>

const tag = 'Data'
const read = { who: 'member', action: 'files:read' } as const
const write = { who: 'member', action: 'files:write' } as const
const nameParams = ProjectParams.extend({ name: FilePath })
const Entries = z
  .array(z.object({ path: FilePath, sizeBytes: z.number().int().min(0), sha256: Sha256.optional() }))
  .min(1)
  .max(5000)
const versionParams = nameParams.extend({ version: z.coerce.number().int().min(1) })
const uploadParams = ProjectParams.extend({ id: Id })

export const files = {
  list: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/datasets',
    tag,
    summary: 'Datasets of a project',
    access: read,
    params: ProjectParams,
    query: PageQuery.extend({
      search: z.string().max(200).optional(),
      sort: z.enum(['name', '-updated']).default('-updated'),
    }),
    success: { status: 200, body: page(Dataset) },
    errors: ['INVALID_CURSOR'],
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/datasets/{name}',
    tag,
    summary: 'A dataset with its latest version',
    access: read,
    params: nameParams,
    success: { status: 200, body: Dataset },
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/projects/{project}/datasets/{name}',
    tag,
    summary: 'Describe a dataset',
    access: write,
    params: nameParams,
    body: z.object({ description: z.string().trim().max(2000) }),
    success: { status: 200, body: Dataset },
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/datasets/{name}',
    tag,
    summary:
      'Delete a dataset with all versions; can be undone until it is purged, after thirty days if nothing else is set',
    access: write,
    params: nameParams,
    success: { status: 204 },
  }),
  restore: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/datasets/{name}/restore',
    tag,
    summary: 'Undo the last deletion of this name',
    access: write,
    params: nameParams,
    success: { status: 200, body: Dataset },
    errors: ['NAME_TAKEN'],
  }),
  versions: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/datasets/{name}/versions',
    tag,
    summary: 'Versions of a dataset, newest first',
    access: read,
    params: nameParams,
    query: PageQuery,
    success: { status: 200, body: page(FileVersion) },
  }),
  entries: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/datasets/{name}/versions/{version}/entries',
    tag,
    summary: 'What a version holds, by path',
    access: read,
    params: versionParams,
    query: PageQuery.extend({ prefix: z.string().max(1024).optional().describe('Only below this folder') }),
    success: { status: 200, body: page(FileEntry) },
  }),
  download: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/files/{path*}',
    tag,
    summary: 'Bytes of a dataset, or of an entry below its name; a folder comes as zip. Ranges are answered',
    access: read,
    params: ProjectParams.extend({ path: FilePath }),
    query: z.object({ version: z.coerce.number().int().min(1).optional().describe('Default: the latest') }),
    success: { status: 200, body: 'bytes' },
  }),
  put: endpoint({
    method: 'PUT',
    path: '/api/projects/{project}/files/{path*}',
    tag,
    summary:
      'Store the body as a new version of the dataset of this name; `Content-Digest: sha-256=:…:` is checked if it was sent',
    access: write,
    params: ProjectParams.extend({ path: DatasetName }),
    body: 'bytes',
    success: { status: 201, body: FileVersion },
    errors: ['CHECKSUM_MISMATCH', 'STORAGE_FULL', 'NAME_TAKEN', 'CONFLICT'],
  }),
  uploads: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/uploads',
    tag,
    summary: 'Uploads that can be continued',
    access: write,
    params: ProjectParams,
    success: { status: 200, body: page(Upload) },
  }),
  beginUpload: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/uploads',
    tag,
    summary: 'Begin an upload of a file or a folder; a model also needs `models:write`',
    access: write,
    params: ProjectParams,
    body: z.object({
      kind: UploadKind.default('dataset'),
      name: FilePath.describe('Of the dataset, or of the model in the registry; it is made if it is new'),
      folder: z.boolean().default(false).describe('A model always is one, also of a single file'),
      contentType: z.string().max(200).optional(),
      entries: Entries.describe(
        'The files in the order of their bytes; sorted by path they are read fastest. For a single file one entry, whose path is not looked at; more of a folder by `addEntries`',
      ),
    }),
    success: { status: 201, body: Upload },
    errors: ['NAME_TAKEN', 'CONFLICT', 'TOO_LARGE'],
  }),
  addEntries: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/uploads/{id}/entries',
    tag,
    summary: 'Declare more files of a folder, before its first part; 100 000 in all',
    access: write,
    params: uploadParams,
    body: z.object({
      first: z.number().int().min(0).describe('How many were declared before these; repeating a call changes nothing'),
      entries: Entries,
    }),
    success: { status: 200, body: Upload },
    errors: ['CONFLICT', 'TOO_LARGE'],
  }),
  upload: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/uploads/{id}',
    tag,
    summary: 'Which parts of an upload are here',
    access: write,
    params: uploadParams,
    success: { status: 200, body: Upload },
  }),
  putPart: endpoint({
    method: 'PUT',
    path: '/api/projects/{project}/uploads/{id}/parts/{part}',
    tag,
    summary: 'Send a part',
    access: write,
    params: uploadParams.extend({ part: z.coerce.number().int().min(1).max(10_000) }),
    body: 'bytes',
    success: { status: 204 },
    errors: ['INVALID_INPUT', 'STORAGE_FULL'],
  }),
  /**
   * All bytes are read once more before they are a version. Up to 512 MiB and 10 000 files that is done while the caller waits; beyond either,
   * the answer is an operation (202, `Location`), and calling again answers the same one until it has ended, then the version.
   */
  completeUpload: endpoint({
    method: 'POST',
    path: '/api/projects/{project}/uploads/{id}/complete',
    tag,
    summary:
      'Make the version; repeated calls answer the same. Beyond 512 MiB or 10 000 files the answer is an operation, and the version once that is done',
    access: write,
    params: uploadParams,
    success: { status: 201, body: FileVersion },
    accepted: Operation,
    errors: ['UPLOAD_INCOMPLETE', 'CHECKSUM_MISMATCH', 'NAME_TAKEN', 'CONFLICT'],
  }),
  abortUpload: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/uploads/{id}',
    tag,
    summary: 'Forget an upload',
    access: write,
    params: uploadParams,
    success: { status: 204 },
  }),
}
