import { useInfiniteQuery } from '@tanstack/react-query'
import type { Dataset, FileVersion } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Progress, Skeleton, useLater } from '../../components/Gauges.tsx'
import { Link } from '../../components/Link.tsx'
import { Badge, Person, Tag } from '../../components/Marks.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Bytes, RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { format } from '../../lib/format.ts'
import { problemOf } from '../../lib/problem.ts'
import { data } from '../../text/en/data.ts'
import { pageText } from '../../text/t.ts'
import { versionsQuery } from './data.queries.ts'
import css from './Data.module.css'
import { UploadButtons } from './UploadList.tsx'
import { leftOf, rateOf, type RunningUpload, useUploads } from './uploads.ts'

const t = pageText(data)

interface VersionsProps {
  project: string
  dataset: Dataset
  current: number
}

/** Which version the page shows; on top the one that is being made. */
export function Versions({ project, dataset, current }: VersionsProps) {
  const list = useInfiniteQuery(versionsQuery(useApi(), project, dataset.name))
  const waiting = useLater(list.isPending)
  const uploads = useUploads(project).filter(({ name, status }) => name === dataset.name && status !== 'done')
  const versions = list.data?.pages.flatMap((page) => page.items) ?? []
  const here = addresses.object(project, 'data', dataset.name)
  return (
    <section aria-label={t('data.versions')}>
      <header className={css.versionsHead}>
        <h2>{t('data.versions')}</h2>
        <Badge>{dataset.versions}</Badge>
      </header>
      {list.error ? <ProblemNotice problem={problemOf(list.error)} /> : null}
      <ol className={css.versions}>
        {uploads.map((upload, index) => (
          <li key={upload.id}>
            <Uploading upload={upload} number={dataset.versions + uploads.length - index} />
          </li>
        ))}
        {versions.map((version) => (
          <li key={version.version}>
            <Link
              to={here}
              search={version.version === dataset.latest?.version ? {} : { version: String(version.version) }}
              className={css.version}
              aria-current={version.version === current ? 'true' : undefined}
            >
              <VersionLines version={version} />
            </Link>
          </li>
        ))}
        {waiting
          ? [0, 1, 2].map((row) => (
              <li key={row} className={css.version} aria-hidden>
                <Skeleton width={120} />
              </li>
            ))
          : null}
      </ol>
      {list.hasNextPage ? (
        <div className={css.older}>
          <Button size="sm" variant="ghost" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('data.older')}
          </Button>
        </div>
      ) : null}
    </section>
  )
}

function VersionLines({ version }: { version: FileVersion }) {
  return (
    <>
      <span className={css.versionTop}>
        <Tag>v{version.version}</Tag>
      </span>
      <span className={css.faint}>
        <RelativeTime at={Date.parse(version.createdAt)} />
      </span>
      <span className={css.faint}>
        <Bytes value={version.sizeBytes} />
        {version.folder ? ` · ${t('data.nFiles', { n: version.entries })}` : null}
      </span>
      {version.createdBy ? <Person name={version.createdBy.name} bare /> : null}
    </>
  )
}

function Uploading({ upload, number }: { upload: RunningUpload; number: number }) {
  const open = upload.status !== 'failed'
  const share = upload.status === 'checking' || upload.total === 0 ? null : upload.bytes / upload.total
  return (
    <div className={css.version} data-uploading>
      <span className={css.versionTop}>
        <Tag accent>v{number}</Tag>
        {t(
          upload.status === 'failed'
            ? 'data.uploadFailed'
            : upload.status === 'checking'
              ? 'data.checking'
              : 'data.uploading',
        )}
        {open && share !== null ? <span className={css.versionEnd}>{format.percent(share)}</span> : null}
      </span>
      {open ? <Progress value={share} label={upload.name} /> : <ProblemNotice problem={problemOf(upload.error)} />}
      {open ? (
        <span className={css.versionTop}>
          <span className={css.faint}>{format.bytesOf(upload.bytes, upload.total)}</span>
          <span className={`${css.faint} ${css.versionEnd}`}>{leftOf(upload)}</span>
        </span>
      ) : null}
      <span className={css.versionTop}>
        <span className={css.faint}>{rateOf(upload)}</span>
        <span className={css.versionEnd} />
        <UploadButtons upload={upload} />
      </span>
    </div>
  )
}

/** The version of a number: the latest comes with the dataset, older ones with the list. Undefined until it is known. */
export function useVersion(project: string, dataset: Dataset, number: number): FileVersion | undefined {
  const list = useInfiniteQuery(versionsQuery(useApi(), project, dataset.name))
  if (dataset.latest?.version === number) return dataset.latest
  return list.data?.pages.flatMap((page) => page.items).find(({ version }) => version === number)
}
