import type { FileVersion, Upload } from '@mllab/contract'

import type { Client } from '../client.ts'
import { isOperation, operationDone } from '../operations.ts'
import { inParallel, persistently } from '../persistence.ts'
import { LabProblem } from '../problem.ts'
import { fetchTelling } from './fetch-telling.ts'
import { recall, remember, type UploadMemory } from './upload-memory.ts'
import { planUpload, type UploadFile, type UploadPlan } from './upload-plan.ts'

export interface UploadFilesOptions {
  /** Slug. */
  readonly project: string
  /** Default: a dataset. */
  readonly kind?: 'dataset' | 'model'
  /** Of the dataset, or of the registered model; it gets a new version, and is made if it is new. */
  readonly name: string
  readonly files: readonly UploadFile[]
  /** Default: true for other than one file. A model always is one. */
  readonly folder?: boolean
  /** Of a single file. */
  readonly contentType?: string
  /** Parts at a time; default 4. */
  readonly parallel?: number
  /** Continues this upload, which was begun with the same files. Without it, or if it is gone, a new one begins. */
  readonly uploadId?: string
  /** With one, the same call continues what an earlier one did not finish. */
  readonly memory?: UploadMemory
  readonly onProgress?: (progress: UploadProgress) => void
  /** Stops it. What was sent stays on the server for a while, to be continued; `client.files.abortUpload` forgets it. */
  readonly signal?: AbortSignal
}

export interface UploadProgress {
  readonly uploadId: string
  /** In browsers also what is on its way; falls when a part has to be sent again. */
  readonly sentBytes: number
  readonly totalBytes: number
  /** Of a large upload, when all was sent: what the server has checked of it. */
  readonly checkedBytes?: number
}

const PARALLEL = 4
const ROUNDS = 3
const CALL_DEADLINE_MS = 60_000
/** The server reads everything once more and answers after that; asking again waits for the same work. */
const COMPLETE_DEADLINE_MS = 280_000

/**
 * Uploads a file or a folder as a new version of a dataset or a model: in parts, several at a time, each again if the network or the server
 * fails. A large one is completed by an operation of the server, which is waited for.
 * Throws `LabProblem`, or the signal's reason.
 */
export async function uploadFiles(client: Client, options: UploadFilesOptions): Promise<FileVersion> {
  const { project, memory } = options
  const plan = planUpload(options.files)
  const key = `mllab.upload.${project}/${options.kind === 'model' ? 'models:' : ''}${options.name}`
  let upload = (await resume(client, plan, key, options)) ?? (await begin(client, plan, key, options))
  upload = await declare(client, plan, upload, options)
  const params = { project, id: upload.id }
  for (let round = 1; ; round++) {
    await sendMissing(client, plan, upload, options)
    try {
      const version = await complete(client, plan, params, options)
      await memory?.removeItem(key)
      return version
    } catch (error) {
      if (isProblem(error, 'CHECKSUM_MISMATCH')) await memory?.removeItem(key)
      if (!isProblem(error, 'UPLOAD_INCOMPLETE') || round === ROUNDS) throw error
    }
    upload = await look(client, params, options.signal)
  }
}

/** The version, from a server that answers it at once or works at it for a while. */
async function complete(
  client: Client,
  plan: UploadPlan,
  params: { project: string; id: string },
  { signal, onProgress }: UploadFilesOptions,
): Promise<FileVersion> {
  const bytes = { uploadId: params.id, sentBytes: plan.sizeBytes, totalBytes: plan.sizeBytes }
  for (;;) {
    const answer = await persistently((one) => client.files.completeUpload({ params }, { signal: one }), {
      signal,
      deadlineMs: COMPLETE_DEADLINE_MS,
    })
    if (!isOperation(answer)) return answer
    await operationDone(
      client,
      { project: params.project, operation: answer },
      { signal, onChange: ({ unit, done }) => unit === 'bytes' && onProgress?.({ ...bytes, checkedBytes: done }) },
    )
  }
}

async function begin(client: Client, plan: UploadPlan, key: string, options: UploadFilesOptions): Promise<Upload> {
  const { project, kind = 'dataset', name, folder = plan.files.length !== 1, contentType, signal } = options
  const body = { kind, name, folder, entries: plan.entriesFrom(0), ...(contentType ? { contentType } : {}) }
  const headers = { 'idempotency-key': randomKey() }
  const upload = await persistently(
    (signal) => client.files.beginUpload({ params: { project }, body }, { headers, signal }),
    { signal, deadlineMs: CALL_DEADLINE_MS },
  )
  await remember(options.memory, key, { id: upload.id, fingerprint: plan.fingerprint })
  return upload
}

/** The upload these files were being sent in, if it is still there and can take them. */
async function resume(
  client: Client,
  plan: UploadPlan,
  key: string,
  { project, name, uploadId, memory, signal }: UploadFilesOptions,
): Promise<Upload | undefined> {
  const id = uploadId ?? (await recall(memory, key, plan.fingerprint))
  if (id === undefined) return undefined
  try {
    const upload = await look(client, { project, id }, signal)
    const declarable = upload.entries === plan.files.length || upload.received.length === 0
    return upload.name === name && declarable ? upload : undefined
  } catch (error) {
    if (isProblem(error, 'NOT_FOUND')) return undefined
    throw error
  }
}

async function declare(
  client: Client,
  plan: UploadPlan,
  begun: Upload,
  { project, signal }: UploadFilesOptions,
): Promise<Upload> {
  let upload = begun
  while (upload.entries < plan.files.length) {
    const first = upload.entries
    const call = { params: { project, id: upload.id }, body: { first, entries: plan.entriesFrom(first) } }
    upload = await persistently((signal) => client.files.addEntries(call, { signal }), {
      signal,
      deadlineMs: CALL_DEADLINE_MS,
    })
  }
  return upload
}

async function sendMissing(client: Client, plan: UploadPlan, upload: Upload, options: UploadFilesOptions) {
  const received = new Set(upload.received)
  const { id, parts, partSizeBytes } = upload
  const missing = Array.from({ length: parts }, (_, index) => index + 1).filter((part) => !received.has(part))
  const bytesOf = (part: number) => Math.min(partSizeBytes, plan.sizeBytes - (part - 1) * partSizeBytes)
  let arrived = plan.sizeBytes - missing.reduce((sum, part) => sum + bytesOf(part), 0)
  const underWay = new Map<number, number>()
  const report = () => {
    const sentBytes = [...underWay.values()].reduce((sum, bytes) => sum + bytes, arrived)
    options.onProgress?.({ uploadId: id, sentBytes, totalBytes: plan.sizeBytes })
  }
  report()
  await inParallel(
    missing,
    options.parallel ?? PARALLEL,
    async (part, signal) => {
      const from = (part - 1) * partSizeBytes
      const bytes = plan.slice(from, from + bytesOf(part))
      const call = { params: { project: options.project, id, part }, bytes }
      // The request has a little more than the part.
      const onSent = (sent: number) => {
        underWay.set(part, Math.min(sent, bytes.size))
        report()
      }
      await persistently((signal) => client.files.putPart(call, { signal, fetch: fetchTelling(onSent) }), {
        signal,
        deadlineMs: partDeadlineMs(bytes.size),
      })
      underWay.delete(part)
      arrived += bytes.size
      report()
    },
    options.signal,
  )
}

function look(client: Client, params: { project: string; id: string }, signal: AbortSignal | undefined) {
  return persistently((signal) => client.files.upload({ params }, { signal }), { signal, deadlineMs: CALL_DEADLINE_MS })
}

/** A minute, and time for a line of 16 kB/s. */
function partDeadlineMs(sizeBytes: number): number {
  return CALL_DEADLINE_MS + Math.ceil(sizeBytes / 16)
}

/** `crypto.randomUUID` is missing on pages without TLS. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function isProblem(error: unknown, code: LabProblem['code']): boolean {
  return error instanceof LabProblem && error.code === code
}
