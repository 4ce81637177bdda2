import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { Dataset, FileVersion } from '@mllab/sdk'
import { Button, IconButton } from '../../components/Button.tsx'
import { useLater, Skeleton } from '../../components/Gauges.tsx'
import { DocsIcon, DownloadIcon, MoreIcon, TrashIcon } from '../../components/icons.ts'
import { Tag } from '../../components/Marks.tsx'
import { Menu } from '../../components/Menu.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Facts, PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { TabLinks } from '../../components/Tabs.tsx'
import { useSay } from '../../components/Toast.tsx'
import { Bytes, CopyButton, RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import type { DroppedFile } from '../../lib/dropped-files.ts'
import { problemOf } from '../../lib/problem.ts'
import { useProject } from '../../lib/queries.ts'
import { one, type SearchParams } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { MissingPage } from '../../shell/ErrorPage.tsx'
import { usePaletteEntries } from '../../shell/palette.tsx'
import { data } from '../../text/en/data.ts'
import { pageText } from '../../text/t.ts'
import { fileHref, savedName } from './addresses.ts'
import css from './Data.module.css'
import { datasetQuery } from './data.queries.ts'
import { DescribeDialog } from './DescribeDialog.tsx'
import { DropArea } from './DropArea.tsx'
import { Entries } from './Entries.tsx'
import { FileButton } from './FileButtons.tsx'
import { planVersion } from './plan.ts'
import { SingleFile } from './SingleFile.tsx'
import { startUpload } from './uploads.ts'
import { UseIt } from './UseIt.tsx'
import { useDelete } from './use-delete.ts'
import { useVersion, Versions } from './Versions.tsx'

const t = pageText(data)

/** `/p/{project}/data/{name}?version=&tab=` */
export function DatasetPage() {
  const project = useProject()
  const { name = '' } = useParams({ strict: false })
  const dataset = useQuery(datasetQuery(useApi(), project.slug, name))
  const waiting = useLater(dataset.isPending)
  useCrumbs([
    { label: project.name, to: addresses.project(project.slug) },
    { label: t('data.title'), to: addresses.section(project.slug, 'data') },
    { label: name },
  ])
  if (dataset.data) return <Shown key={dataset.data.id} dataset={dataset.data} />
  const problem = dataset.error ? problemOf(dataset.error) : null
  if (problem?.code === 'NOT_FOUND') return <MissingPage />
  return (
    <PageLayout>
      <PageHeader title={name} below={waiting ? <Skeleton width={240} /> : undefined} />
      {problem ? (
        <PageBody>
          <ProblemNotice problem={problem} />
        </PageBody>
      ) : null}
    </PageLayout>
  )
}

function Shown({ dataset }: { dataset: Dataset }) {
  const project = useProject()
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const say = useSay()
  const [search] = useSearchState()
  const remove = useDelete(project.slug)
  const [describing, setDescribing] = useState(false)
  const wanted = Number(one(search, 'version') ?? dataset.latest?.version ?? 0)
  const version = useVersion(project.slug, dataset, wanted)
  const usesIt = one(search, 'tab') === 'use'
  const mayWrite = dataset.can.includes('files:write')
  const here = addresses.object(project.slug, 'data', dataset.name)

  function take(files: readonly DroppedFile[]) {
    const plan = planVersion(dataset, files)
    if (typeof plan === 'string') return say({ text: t(plan === 'one-file' ? 'data.oneFile' : 'data.noFiles') })
    startUpload({ api, queries }, project.slug, plan)
  }
  function removeIt() {
    remove([dataset])
    void navigate({ to: addresses.section(project.slug, 'data') })
  }
  usePaletteEntries(
    mayWrite
      ? [
          { id: 'describe', group: 'do', label: t('data.describeTitle', { name: dataset.name }), icon: DocsIcon, run: () => setDescribing(true) }, // prettier-ignore
          { id: 'delete', group: 'do', label: t('data.deleteNamed', { name: dataset.name }), icon: TrashIcon, run: removeIt }, // prettier-ignore
        ]
      : [],
  )

  const tab = (label: string, name: string | undefined, count?: number) => ({
    label,
    count,
    to: here,
    search: kept(search, { tab: name }),
    current: usesIt === (name === 'use'),
  })
  return (
    <PageLayout before={<Versions project={project.slug} dataset={dataset} current={wanted} />}>
      <DropArea label={t('data.dropHere', { name: dataset.name })} onFiles={mayWrite ? take : undefined}>
        <PageHeader
          title={dataset.name}
          beside={wanted > 0 ? <Tag>v{wanted}</Tag> : undefined}
          actions={
            <>
              {version ? (
                <Button
                  icon={DownloadIcon}
                  onClick={() =>
                    download(
                      fileHref(project.slug, dataset.name, undefined, version.version),
                      savedName(dataset.name, dataset.folder),
                    )
                  }
                >
                  {t('data.download')}
                </Button>
              ) : null}
              {mayWrite ? (
                <FileButton
                  variant="primary"
                  label={t('data.uploadVersion')}
                  folder={dataset.folder}
                  multiple={false}
                  onFiles={take}
                />
              ) : null}
              {mayWrite ? (
                <Menu
                  items={[
                    { label: t('data.describe'), icon: DocsIcon, onSelect: () => setDescribing(true) },
                    'line',
                    { label: t('data.delete'), icon: TrashIcon, danger: true, onSelect: removeIt },
                  ]}
                  trigger={(trigger) => (
                    <IconButton
                      {...trigger}
                      icon={MoreIcon}
                      outline
                      size="md"
                      label={t('data.more', { name: dataset.name })}
                    />
                  )}
                />
              ) : null}
            </>
          }
          below={version ? <VersionFacts version={version} /> : undefined}
          tabs={
            <TabLinks
              label={t('data.tabs', { name: dataset.name })}
              tabs={[tab(t(dataset.folder ? 'data.files' : 'data.file'), undefined, dataset.folder ? version?.entries : undefined), tab(t('data.useIt'), 'use')]} // prettier-ignore
            />
          }
        />
        <Content
          dataset={dataset}
          version={version}
          usesIt={usesIt}
          onDescribe={mayWrite ? () => setDescribing(true) : undefined}
        />
        <DescribeDialog
          project={project.slug}
          dataset={dataset}
          open={describing}
          onClose={() => setDescribing(false)}
        />
      </DropArea>
    </PageLayout>
  )
}

function Content({
  dataset,
  version,
  usesIt,
  onDescribe,
}: {
  dataset: Dataset
  version: FileVersion | undefined
  usesIt: boolean
  onDescribe: (() => void) | undefined
}) {
  // prettier-ignore
  const project = useProject().slug
  if (!version) return null
  if (usesIt) return <UseIt project={project} dataset={dataset} version={version} />
  const description =
    dataset.description === '' ? (
      onDescribe && (
        <p className={css.description}>
          <button type="button" className={css.linkButton} onClick={onDescribe}>
            {t('data.addDescription')}
          </button>
        </p>
      )
    ) : (
      <p className={css.description}>{dataset.description}</p>
    )
  return (
    <>
      <div className={css.aboveContent}>{description}</div>
      {dataset.folder ? (
        <Entries key={version.version} project={project} name={dataset.name} version={version.version} />
      ) : (
        <SingleFile version={version} />
      )}
    </>
  )
}

function VersionFacts({ version }: { version: FileVersion }) {
  return (
    <Facts>
      {[
        <Bytes key="size" value={version.sizeBytes} />,
        version.folder ? t('data.nFiles', { n: version.entries }) : version.contentType,
        <RelativeTime key="at" at={Date.parse(version.createdAt)} />,
        <span key="key" className={css.key}>
          {t('data.key')} <code>{version.key}</code>
          <CopyButton text={version.key} name={t('data.key')} size="bare" />
        </span>,
      ]}
    </Facts>
  )
}

/** A tab keeps what else stands in the address. */
const kept = (search: SearchParams, changes: SearchParams): SearchParams => ({ ...search, ...changes })

/** The browser saves it by itself: nothing of it passes through this page. */
function download(href: string, name: string) {
  Object.assign(document.createElement('a'), { href, download: name }).click()
}
