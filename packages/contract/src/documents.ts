import { z } from 'zod'

import { Can, page, PageQuery, Person, ProjectParams, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

const Collection = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, 'letters, digits, "_", "." and "-", 100 at most')
  .describe('Name of a collection; it is there as long as something is in it')
const DocumentKey = z
  .string()
  .min(1)
  .max(200)
  .refine((key) => key.isWellFormed() && !/[\p{Cc}/]/u.test(key), 'must not contain slashes and control characters')
const DEEPEST = 64
const DocumentValue = z
  .record(z.string(), z.unknown())
  .refine((value) => depthAtMost(value, DEEPEST), `at most ${DEEPEST} levels deep`)
  .describe('A JSON object, 1 MB at most')

export const Document = z.object({
  collection: Collection,
  key: DocumentKey,
  value: DocumentValue,
  version: z.number().int().describe('Counts its changes; send it as `If-Match`'),
  createdAt: Time,
  updatedAt: Time,
  updatedBy: Person.nullable(),
  can: Can,
})
export type Document = z.infer<typeof Document>

const Scalar = z.union([z.string().max(1000), z.number(), z.boolean(), z.null()])
const Condition = z.strictObject({
  eq: Scalar.optional(),
  ne: Scalar.optional(),
  gt: z.union([z.string(), z.number()]).optional(),
  gte: z.union([z.string(), z.number()]).optional(),
  lt: z.union([z.string(), z.number()]).optional(),
  lte: z.union([z.string(), z.number()]).optional(),
  in: z.array(Scalar).min(1).max(100).optional(),
  exists: z.boolean().optional(),
})

/** By field (`status`, `model.name`): a value, or conditions that all hold. Values compare with those of their own type. */
export const DocumentFilter = z
  .record(z.string().regex(/^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*){0,7}$/), z.union([Scalar, Condition]))
  .refine((filter) => Object.keys(filter).length <= 20, 'at most 20 fields')
export type DocumentFilter = z.infer<typeof DocumentFilter>

const FilterText = z
  .string()
  .max(8000)
  .transform((text, context): DocumentFilter => {
    const parsed = DocumentFilter.safeParse(jsonOf(text))
    if (parsed.success) return parsed.data
    for (const { message, path } of parsed.error.issues) context.addIssue({ code: 'custom', message, path })
    return z.NEVER
  })
  .describe('JSON: `{"status": "open", "score": {"gte": 0.5}}`; conditions are eq, ne, gt, gte, lt, lte, in, exists')

export const DocumentCollection = z.object({
  name: Collection,
  documents: z.number().int(),
  sizeBytes: z.number().int(),
  updatedAt: Time,
})
export type DocumentCollection = z.infer<typeof DocumentCollection>

const tag = 'Documents'
const read = { who: 'member', action: 'documents:read' } as const
const write = { who: 'member', action: 'documents:write' } as const
const inCollection = ProjectParams.extend({ collection: Collection })
const params = inCollection.extend({ key: DocumentKey })

export const documents = {
  collections: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/documents',
    tag,
    summary: 'Collections of JSON documents, and how much of the quota they take',
    access: read,
    params: ProjectParams,
    success: {
      status: 200,
      body: z.object({
        items: z.array(DocumentCollection),
        quota: z.object({
          documents: z.number().int(),
          maxDocuments: z.number().int(),
          sizeBytes: z.number().int(),
          maxSizeBytes: z.number().int(),
        }),
        can: Can,
      }),
    },
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/documents/{collection}',
    tag,
    summary: 'Documents of a collection, by key',
    access: read,
    params: inCollection,
    query: PageQuery.extend({
      prefix: z.string().max(200).optional().describe('Only keys that begin so'),
      filter: FilterText.optional(),
    }),
    success: { status: 200, body: page(Document) },
    errors: ['INVALID_CURSOR'],
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/projects/{project}/documents/{collection}/{key}',
    tag,
    summary: 'A document; its version is the ETag',
    access: read,
    params,
    success: { status: 200, body: Document, etag: true },
  }),
  put: endpoint({
    method: 'PUT',
    path: '/api/projects/{project}/documents/{collection}/{key}',
    tag,
    summary:
      'Store a document. `If-Match: <version>` changes what one has seen, `If-None-Match: *` only makes new ones',
    access: write,
    params,
    body: DocumentValue,
    success: { status: 200, body: Document, etag: true },
    errors: ['VERSION_MISMATCH', 'NAME_TAKEN', 'QUOTA_REACHED', 'TOO_LARGE'],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/projects/{project}/documents/{collection}/{key}',
    tag,
    summary: 'Delete a document; `If-Match` guards against lost changes',
    access: write,
    params,
    success: { status: 204 },
    errors: ['VERSION_MISMATCH'],
  }),
}

/** Level by level, so that no depth is too much to be refused. */
function depthAtMost(value: unknown, most: number): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > most) return false
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? (Object.values(one) as unknown[]) : []))
  }
  return true
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not an object, which is what it has to be.
    return undefined
  }
}
