import type { QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { type FileVersion, type Upload, uploadFiles } from '@mllab/sdk'
import { dropActivity, showActivity } from '../../lib/activities.ts'
import { addresses } from '../../lib/address.ts'
import type { LabApi } from '../../lib/api.ts'
import { format } from '../../lib/format.ts'
import { data } from '../../text/en/data.ts'
import { pageText } from '../../text/t.ts'
import { totalBytes, type UploadPlan } from './plan.ts'
import { createRate } from './rate.ts'

const t = pageText(data)

/** What it becomes a version of. */
export type UploadKind = Upload['kind']

/** An upload of this tab, as pages show it. */
export interface RunningUpload {
  id: string
  /** Its id at the server, once it was begun. */
  uploadId: string | null
  project: string
  kind: UploadKind
  name: string
  folder: boolean
  files: number
  status: 'sending' | 'checking' | 'done' | 'failed'
  bytes: number
  total: number
  /** Bytes a second; null while unknown. */
  rate: number | null
  error: unknown
  version: FileVersion | null
  cancel: () => void
  /** After a failure: sends what is missing. */
  again: () => void
}

/** What the uploads need of the page that starts them. */
export interface UploadTools {
  api: LabApi
  queries: QueryClient
}

const tellEveryMs = 100
const doneShowsMs = 20_000

let count = 0
let uploads: readonly RunningUpload[] = []
const listeners = new Set<() => void>()

/** The uploads of this tab into a project; they go on while pages change. */
export function useUploads(project: string, kind: UploadKind = 'dataset'): readonly RunningUpload[] {
  const all = useSyncExternalStore(
    (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    () => uploads,
  )
  return all.filter((one) => one.project === project && one.kind === kind)
}

/** Brings files to the server as a new version. With the id of an upload that was begun before, only what is missing is sent. */
export function startUpload({ api, queries }: UploadTools, project: string, plan: UploadPlan, resumed?: string) {
  const id = `upload-${++count}`
  const total = totalBytes(plan)
  const rate = createRate(() => performance.now())
  let uploadId = resumed
  let aborter = new AbortController()
  let toldAt = 0

  const cancel = () => {
    aborter.abort()
    remove(id)
    if (uploadId) void api.files.abortUpload({ params: { project, id: uploadId } }).catch(() => undefined) // swept by the server later
  }
  const change = (part: Partial<RunningUpload>) => put({ ...current(), ...part })
  const current = (): RunningUpload =>
    uploads.find((one) => one.id === id) ?? {
      id,
      uploadId: resumed ?? null,
      project,
      kind: plan.kind ?? 'dataset',
      name: plan.name,
      folder: plan.folder,
      files: plan.files.length,
      status: 'sending',
      bytes: 0,
      total,
      rate: null,
      error: null,
      version: null,
      cancel,
      again: () => void run(),
    }

  const tell = (bytes: number) => {
    if (aborter.signal.aborted) return
    rate.add(bytes)
    if (bytes === total) return change({ uploadId: uploadId ?? null, status: 'checking', bytes, rate: null })
    const now = performance.now()
    if (now - toldAt < tellEveryMs && current().status === 'sending') return
    toldAt = now
    change({ uploadId: uploadId ?? null, status: 'sending', bytes, rate: rate.perSecond() })
  }

  async function run() {
    aborter = new AbortController()
    const { signal } = aborter
    change({ status: 'sending', error: null })
    try {
      const type = plan.folder ? '' : (plan.files[0]?.file.type ?? '')
      const version = await uploadFiles(api, {
        project,
        kind: plan.kind ?? 'dataset',
        name: plan.name,
        folder: plan.folder,
        files: plan.files.map(({ path, file }) => ({ path, bytes: file, modifiedAt: file.lastModified })),
        signal,
        ...(type === '' ? {} : { contentType: type }),
        ...(uploadId === undefined ? {} : { uploadId }),
        onProgress: (progress) => {
          uploadId = progress.uploadId
          tell(progress.sentBytes)
        },
      })
      change({ status: 'done', version })
      await queries.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, project) })
      window.setTimeout(() => remove(id), doneShowsMs)
    } catch (error) {
      if (!signal.aborted) change({ status: 'failed', error })
    }
  }
  void run()
}

const isAbout = ([kind, project]: readonly unknown[], wanted: string) =>
  project === wanted && ['datasets', 'dataset', 'models', 'overview', 'uploads'].includes(String(kind))

function put(upload: RunningUpload) {
  const known = uploads.some(({ id }) => id === upload.id)
  set(known ? uploads.map((one) => (one.id === upload.id ? upload : one)) : [upload, ...uploads])
  showActivity({
    id: upload.id,
    name: upload.name,
    share: upload.status === 'checking' ? null : upload.total === 0 ? null : upload.bytes / upload.total,
    facts: factsOf(upload),
    status: upload.status === 'failed' ? 'failed' : upload.status === 'done' ? 'done' : 'running',
    to: upload.version ? placeOf(upload) : addresses.section(upload.project, sectionOf(upload)),
    onCancel: upload.cancel,
  })
}

const sectionOf = ({ kind }: RunningUpload) => (kind === 'model' ? 'models' : 'data')

/** The page of what it is a version of. */
export const placeOf = (upload: RunningUpload) => addresses.object(upload.project, sectionOf(upload), upload.name)

function remove(id: string) {
  set(uploads.filter((one) => one.id !== id))
  dropActivity(id)
}

function set(next: readonly RunningUpload[]) {
  uploads = next
  const open = uploads.some(({ status }) => status === 'sending' || status === 'checking')
  window[open ? 'addEventListener' : 'removeEventListener']('beforeunload', warn)
  for (const listener of listeners) listener()
}

/** The browser asks before the tab is closed: the files are only here. */
const warn = (event: Event) => event.preventDefault()

/** “0.94 of 1.49 GB, 13.8 MB/s, 41 s left”. */
export function factsOf(upload: RunningUpload): string {
  if (upload.status === 'checking') return t('data.checking')
  if (upload.status === 'done') return t('data.uploaded', { version: upload.version?.version ?? 1, size: format.bytes(upload.total) }) // prettier-ignore
  if (upload.status === 'failed') return t('data.uploadFailed')
  return [format.bytesOf(upload.bytes, upload.total), rateOf(upload), leftOf(upload)].filter(Boolean).join(', ')
}

export const rateOf = ({ rate }: RunningUpload) => (rate === null ? '' : format.rate(rate))

export const leftOf = ({ rate, bytes, total }: RunningUpload) =>
  rate === null || rate === 0 || total - bytes < rate
    ? ''
    : t('data.left', { time: format.age((1000 * (total - bytes)) / rate) })
