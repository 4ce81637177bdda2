import { type FileVersion, LabProblem, type Upload } from '@mllab/sdk'
import type { LabApi } from '../../lib/api.ts'
import { cutInto, entriesPerCall, missingParts, partSize, portions, type UploadPlan } from './plan.ts'
import { ConnectionLost, sendPart } from './send-part.ts'

export interface UploadJob {
  api: LabApi
  project: string
  plan: UploadPlan
  /** An upload that was begun before; only what is missing is sent. */
  resumed?: Upload | undefined
  signal: AbortSignal
  /** The server knows it; from here on it can be resumed. */
  onBegun: (upload: Upload) => void
  /** Bytes that are there or on their way. */
  onProgress: (bytes: number) => void
  /** All bytes are there; the server looks at them once more. */
  onChecking: () => void
}

const atOnce = 3
const retryAfterMs = [500, 1000, 2000, 4000, 8000, 15_000, 30_000]

/** Brings files to the server as a new version. Broken connections are tried again for about a minute. */
export async function runUpload(job: UploadJob): Promise<FileVersion> {
  const upload = job.resumed ?? (await begin(job))
  job.onBegun(upload)
  await sendParts(job, upload)
  job.onChecking()
  const params = { project: job.project, id: upload.id }
  return withRetry(() => job.api.files.completeUpload({ params }, { signal: job.signal }), job.signal)
}

async function begin({ api, project, plan, signal }: UploadJob): Promise<Upload> {
  const [first = [], ...rest] = portions(
    plan.files.map(({ path, file }) => ({ path, sizeBytes: file.size })),
    entriesPerCall,
  )
  const type = plan.folder ? '' : (plan.files[0]?.file.type ?? '')
  const body = { name: plan.name, folder: plan.folder, entries: first, ...(type === '' ? {} : { contentType: type }) }
  let upload = await api.files.beginUpload({ params: { project }, body }, { signal })
  for (const [index, entries] of rest.entries()) {
    const params = { project, id: upload.id }
    const portion = { first: (index + 1) * entriesPerCall, entries }
    upload = await withRetry(() => api.files.addEntries({ params, body: portion }, { signal }), signal)
  }
  return upload
}

async function sendParts({ project, plan, signal, onProgress }: UploadJob, upload: Upload) {
  const files = plan.files.map(({ file }) => file)
  const cut = cutInto(files.map((file) => file.size), upload.partSizeBytes) // prettier-ignore
  const waiting = missingParts(upload.parts, upload.received)
  const sizeOf = (part: number) => partSize(part, upload.partSizeBytes, upload.sizeBytes)
  const underWay = new Map<number, number>()
  let arrived = upload.received.reduce((sum, part) => sum + sizeOf(part), 0)
  const tell = () => onProgress(arrived + [...underWay.values()].reduce((sum, bytes) => sum + bytes, 0))
  tell()

  const sender = async () => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const number = part
      // Slices of files are read while they are sent: nothing of them is in memory.
      const body = new Blob(cut(number).map(({ file, from, to }) => files[file]?.slice(from, to) ?? ''))
      await withRetry(() => {
        const sent = (bytes: number) => {
          underWay.set(number, Math.min(bytes, sizeOf(number)))
          tell()
        }
        sent(0)
        return sendPart({ project, id: upload.id, part: number }, body, sent, signal)
      }, signal)
      underWay.delete(number)
      arrived += sizeOf(number)
      tell()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sender))
}

/** Tries again what failed because of the connection or a busy server; everything else fails at once. */
async function withRetry<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await task()
    } catch (error) {
      const delayMs = retryAfterMs[tries]
      if (signal.aborted || delayMs === undefined || !isPassing(error)) throw error
      await pause(delayMs, signal)
    }
  }
}

const isPassing = (error: unknown) =>
  error instanceof ConnectionLost ||
  error instanceof TypeError || // what fetch throws when there is no connection
  (error instanceof LabProblem && (error.status === 429 || error.status === 503))

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(new DOMException('aborted', 'AbortError'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal.addEventListener('abort', abort, { once: true })
  })
}
