import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Model } from '@mllab/sdk'
import { Button, ButtonLink } from '../../components/Button.tsx'
import { CodeBlock } from '../../components/CodeBlock.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { ModelIcon, UploadIcon } from '../../components/icons.ts'
import { SearchInput } from '../../components/Input.tsx'
import { Link } from '../../components/Link.tsx'
import { Tag } from '../../components/Marks.tsx'
import { EmptyState, NoMatch, ProblemNotice } from '../../components/Notice.tsx'
import { PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { RelativeTime } from '../../components/Values.tsx'
import { addresses, platformAddress } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { format } from '../../lib/format.ts'
import { rowsOf } from '../../lib/pages.ts'
import { problemOf } from '../../lib/problem.ts'
import { useProject } from '../../lib/queries.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { UnfinishedUploads, UploadList } from '../data/UploadList.tsx'
import { useUploads } from '../data/uploads.ts'
import css from './Models.module.css'
import { modelsQuery } from './models.queries.ts'
import { UploadModel } from './UploadModel.tsx'
import { words } from './words.ts'

/** The registered models of a project. */
export function ModelsPage() {
  const project = useProject()
  const navigate = useNavigate()
  const [search, setSearch] = useSearchState()
  const wanted = one(search, 'search') ?? ''
  const list = useInfiniteQuery(modelsQuery(useApi(), project.slug, wanted || undefined))
  const { rows } = rowsOf(list.data)
  const uploads = useUploads(project.slug, 'model')
  const [uploading, setUploading] = useState(false)
  const mayWrite = project.can.includes('models:write')
  useCrumbs([{ label: project.name, to: addresses.project(project.slug) }, { label: words('crumb') }])
  const to = (model: Model) => addresses.object(project.slug, 'models', model.name)

  const empty =
    wanted === '' ? (
      <>
        <EmptyState
          icon={ModelIcon}
          title={words('empty.title')}
          actions={
            <ButtonLink variant="primary" to={addresses.section(project.slug, 'experiments')}>
              {words('empty.runs')}
            </ButtonLink>
          }
        >
          {words('empty.text')}
        </EmptyState>
        <div className={css.emptyCode}>
          <CodeBlock snippets={[registerSnippet(platformAddress(), project.slug)]} />
        </div>
      </>
    ) : (
      <NoMatch noun={words('list.noun')} filters={1} onClear={() => setSearch({ search: undefined })} />
    )
  return (
    <PageLayout>
      <PageHeader
        title={words('title')}
        facts={rows.length > 0 ? words('facts', { n: rows.length }) : undefined}
        actions={
          mayWrite ? (
            <Button icon={UploadIcon} onClick={() => setUploading(true)}>
              {words('upload')}
            </Button>
          ) : undefined
        }
      />
      <UploadList uploads={uploads.filter(({ status }) => status !== 'done')} />
      {mayWrite ? <UnfinishedUploads project={project.slug} running={uploads} kind="model" /> : null}
      {uploading ? <UploadModel project={project.slug} onClose={() => setUploading(false)} /> : null}
      <div className={css.tools}>
        <SearchInput
          value={wanted}
          onChange={(text) => setSearch({ search: text || undefined })}
          placeholder={words('list.search')}
          aria-label={words('list.search')}
          data-filter=""
        />
      </div>
      {list.error ? (
        <PageBody>
          <ProblemNotice problem={problemOf(list.error)} />
        </PageBody>
      ) : null}
      <DataTable
        label={words('list.label')}
        rows={rows}
        rowId={(model) => model.name}
        onOpen={(model) => void navigate({ to: to(model) })}
        loading={list.isLoading || list.isFetchingNextPage}
        hasMore={list.hasNextPage}
        onEnd={() => void list.fetchNextPage()}
        empty={list.isSuccess ? empty : undefined}
        columns={[
          {
            id: 'name',
            header: words('list.name'),
            width: 'minmax(180px, 2fr)',
            cell: (model) => (
              <Link to={to(model)} plain>
                {model.name}
              </Link>
            ),
          },
          {
            id: 'latest',
            header: words('list.latest'),
            width: '88px',
            cell: (model) => (model.latest === null ? words('common.none') : <Tag>v{model.latest}</Tag>),
          },
          {
            id: 'aliases',
            header: words('list.aliases'),
            width: 'minmax(160px, 2fr)',
            cell: (model) => <Aliases aliases={model.aliases} />,
          },
          {
            id: 'versions',
            header: words('list.versions'),
            width: '96px',
            align: 'right',
            cell: (model) => format.number(model.versions),
          },
          {
            id: 'updated',
            header: words('list.updated'),
            width: '120px',
            align: 'right',
            cell: (model) => <RelativeTime at={Date.parse(model.updatedAt)} />,
          },
        ]}
        phone={(model) => ({
          mark: <ModelIcon aria-hidden />,
          name: model.name,
          facts: <RelativeTime at={Date.parse(model.updatedAt)} />,
          value: model.latest === null ? undefined : <Tag>v{model.latest}</Tag>,
        })}
      />
    </PageLayout>
  )
}

function Aliases({ aliases }: { aliases: Model['aliases'] }) {
  if (aliases.length === 0) return <>{words('common.none')}</>
  return (
    <span className={css.tags}>
      {aliases.map(({ alias, version }) => (
        <Tag key={alias} accent={alias === 'champion'}>
          @{alias} v{version}
        </Tag>
      ))}
    </span>
  )
}

function registerSnippet(address: string, project: string) {
  return {
    name: 'Python',
    language: 'python' as const,
    code: [
      'import mlflow',
      '',
      `mlflow.set_tracking_uri(${JSON.stringify(`${address}/mlflow/${project}`)})`,
      'with mlflow.start_run():',
      '    model.fit(X, y)',
      '    signature = mlflow.models.infer_signature(X, model.predict(X))',
      '    mlflow.sklearn.log_model(model, name="model", signature=signature,',
      '                             registered_model_name="my-model")',
    ].join('\n'),
  }
}
