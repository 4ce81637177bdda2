import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Upload } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Progress } from '../../components/Gauges.tsx'
import { FileIcon, FolderIcon } from '../../components/icons.ts'
import { Link } from '../../components/Link.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { StatusMark } from '../../components/Status.tsx'
import { useApi } from '../../lib/api.ts'
import type { DroppedFile } from '../../lib/dropped-files.ts'
import { format } from '../../lib/format.ts'
import { problemOf } from '../../lib/problem.ts'
import { useMe } from '../../lib/queries.ts'
import { data } from '../../text/en/data.ts'
import { pageText } from '../../text/t.ts'
import { unfinishedQuery } from './data.queries.ts'
import css from './Data.module.css'
import { FileButton } from './FileButtons.tsx'
import { planVersion, totalBytes } from './plan.ts'
import { factsOf, placeOf, type RunningUpload, startUpload, type UploadKind } from './uploads.ts'

const t = pageText(data)

/** Uploads of this tab, above the list of datasets. */
export function UploadList({ uploads }: { uploads: readonly RunningUpload[] }) {
  if (uploads.length === 0) return null
  return (
    <ul className={css.uploads} aria-label={t('data.uploadingNow')}>
      {uploads.map((upload) => (
        <li key={upload.id} className={css.upload}>
          <UploadLine upload={upload} />
        </li>
      ))}
    </ul>
  )
}

function UploadLine({ upload }: { upload: RunningUpload }) {
  const Icon = upload.folder ? FolderIcon : FileIcon
  const open = upload.status === 'sending' || upload.status === 'checking'
  const share = upload.status === 'checking' || upload.total === 0 ? null : upload.bytes / upload.total
  return (
    <>
      <div className={css.uploadHead}>
        {upload.status === 'done' ? (
          <StatusMark status="finished" size={14} label={false} />
        ) : upload.status === 'failed' ? (
          <StatusMark status="failed" size={14} label={false} />
        ) : (
          <Icon aria-hidden />
        )}
        <span className={css.uploadName}>
          {upload.status === 'done' ? (
            <Link plain to={placeOf(upload)}>
              {upload.name}
            </Link>
          ) : (
            upload.name
          )}
        </span>
        <span className={css.uploadFacts}>{factsOf(upload)}</span>
        <UploadButtons upload={upload} />
      </div>
      {open ? <Progress value={share} label={upload.name} /> : null}
      {upload.status === 'failed' ? <ProblemNotice problem={problemOf(upload.error)} /> : null}
    </>
  )
}

export function UploadButtons({ upload }: { upload: RunningUpload }) {
  if (upload.status === 'done') return null
  if (upload.status === 'failed') {
    return (
      <>
        <Button size="sm" onClick={upload.again}>
          {t('data.again')}
        </Button>
        <Button size="sm" variant="ghost" onClick={upload.cancel}>
          {t('data.discard')}
        </Button>
      </>
    )
  }
  return (
    <Button size="sm" aria-label={t('data.cancelUpload', { name: upload.name })} onClick={upload.cancel}>
      {t('common.cancel')}
    </Button>
  )
}

/** Uploads of mine that no tab goes on with: after a reload, or from another machine. */
export function UnfinishedUploads({
  project,
  running,
  kind = 'dataset',
}: {
  project: string
  running: readonly RunningUpload[]
  kind?: UploadKind
}) {
  const api = useApi()
  const me = useMe()
  const known = new Set(running.map(({ uploadId }) => uploadId))
  const all = useQuery(unfinishedQuery(api, project)).data?.items ?? []
  const mine = all.filter((upload) => upload.kind === kind && upload.createdBy?.id === me.id && !known.has(upload.id))
  if (mine.length === 0) return null
  return (
    <ul className={css.uploads} aria-label={t('data.unfinished')}>
      {mine.map((upload) => (
        <Unfinished key={upload.id} project={project} upload={upload} />
      ))}
    </ul>
  )
}

function Unfinished({ project, upload }: { project: string; upload: Upload }) {
  const api = useApi()
  const queries = useQueryClient()
  const [word, setWord] = useState<string>()
  const what = t(upload.folder ? 'data.kind.folder' : 'data.kind.file')
  const Icon = upload.folder ? FolderIcon : FileIcon
  const here = Math.min(upload.sizeBytes, upload.received.length * upload.partSizeBytes)

  function resume(files: readonly DroppedFile[]) {
    const plan = planVersion(upload, files)
    const fits =
      typeof plan !== 'string' && plan.files.length === upload.entries && totalBytes(plan) === upload.sizeBytes
    if (!fits) return setWord(t('data.otherFiles', { size: format.bytes(upload.sizeBytes), n: upload.entries }))
    startUpload(
      { api, queries },
      project,
      { ...plan, ...(upload.kind === 'model' ? { kind: upload.kind } : {}) },
      upload.id,
    )
  }
  const discard = () =>
    api.files
      .abortUpload({ params: { project, id: upload.id } })
      .catch((error: unknown) => setWord(problemOf(error).detail))
      .finally(() => void queries.invalidateQueries({ queryKey: unfinishedQuery(api, project).queryKey }))
  return (
    <li className={css.upload}>
      <div className={css.uploadHead}>
        <Icon aria-hidden />
        <span className={css.uploadName}>{upload.name}</span>
        <span className={css.uploadFacts}>
          {t('data.unfinished')}, {format.bytesOf(here, upload.sizeBytes)}
        </span>
        <FileButton
          size="sm"
          icon={false}
          folder={upload.folder}
          multiple={false}
          label={t('data.continue')}
          onFiles={resume}
        />
        <Button size="sm" variant="ghost" onClick={() => void discard()}>
          {t('data.discard')}
        </Button>
      </div>
      <p className={css.uploadHelp}>{word ?? t('data.unfinishedHelp', { kind: what })}</p>
    </li>
  )
}
