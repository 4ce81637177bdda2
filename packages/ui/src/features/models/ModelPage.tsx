import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useReducer, useState } from 'react'
import type { Model, ModelVersion } from '@mllab/sdk'
import { Button, IconButton } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import { MoreIcon, RocketIcon, TagIcon, TrashIcon } from '../../components/icons.ts'
import { Menu } from '../../components/Menu.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Facts, PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { PageWaiting } from '../../components/PageWaiting.tsx'
import { useSay } from '../../components/Toast.tsx'
import { CopyId } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { rowsOf } from '../../lib/pages.ts'
import { problemOf } from '../../lib/problem.ts'
import { useProject } from '../../lib/queries.ts'
import { one } from '../../lib/search.ts'
import { nothingSelected, select } from '../../lib/selection.ts'
import { assignSlots } from '../../lib/series.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { FailedPage } from '../../shell/FailedPage.tsx'
import { usePaletteEntries } from '../../shell/palette.tsx'
import { DeployForm } from '../services/DeployForm.tsx'
import { useDeploy } from '../services/use-deploy.ts'
import { AliasDialog } from './AliasDialog.tsx'
import { CompareVersions } from './CompareVersions.tsx'
import css from './Models.module.css'
import { modelQuery, refreshModels, versionsQuery } from './models.queries.ts'
import { VersionAside } from './VersionAside.tsx'
import { VersionsTable } from './VersionsTable.tsx'
import { words } from './words.ts'

/** One registered model: its versions, and beside them the one that is looked at or deployed. */
export function ModelPage() {
  const project = useProject()
  const name = useParams({ strict: false, select: (params: { model?: string }) => params.model ?? '' })
  const found = useQuery(modelQuery(useApi(), project.slug, name))
  useCrumbs([
    { label: project.name, to: addresses.project(project.slug) },
    { label: words('crumb'), to: addresses.section(project.slug, 'models') },
    { label: name },
  ])
  if (found.data) return <Page model={found.data} project={project.slug} />
  return found.error ? <FailedPage error={found.error} /> : <PageWaiting />
}

function Page({ model, project }: { model: Model; project: string }) {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const say = useSay()
  const [search, setSearch] = useSearchState()
  const [selection, dispatch] = useReducer(select, nothingSelected)
  const [aliasing, setAliasing] = useState<ModelVersion | null>(null)
  const list = useInfiniteQuery(versionsQuery(api, project, model.name))
  const { rows } = rowsOf(list.data)

  const shown = rows.find((version) => String(version.version) === one(search, 'version')) ?? rows[0]
  const deploying = rows.find((version) => String(version.version) === one(search, 'deploy'))
  const pair = rows.filter((version) => selection.chosen.has(String(version.version))).slice(0, 2)
  const [newer, older] = pair
  const [alias] = model.aliases

  const removeVersion = useMutation({
    mutationFn: (version: ModelVersion) =>
      api.models.removeVersion({ params: { project, model: model.name, version: version.version } }),
    onSuccess: (_, version) => {
      say({ text: words('version.deleted', { version: version.version }) })
      void refreshModels(queries, project)
    },
  })
  const removeAlias = useMutation({
    mutationFn: (name: string) => api.models.removeAlias({ params: { project, model: model.name, alias: name } }),
    onSuccess: (_, name) => {
      const version = model.aliases.find((known) => known.alias === name)?.version
      say({
        text: words('alias.removed', { alias: name }),
        ...(version === undefined
          ? {}
          : {
              undo: () =>
                void api.models
                  .setAlias({ params: { project, model: model.name, alias: name }, body: { version } })
                  .then(() => refreshModels(queries, project)),
            }),
      })
      void refreshModels(queries, project)
    },
  })

  const { deploy, busy, error: deployError } = useDeploy(project)
  const deployNow = (version: ModelVersion) => deploy(model.name, version.version)
  const deployWithOptions = (version: ModelVersion) => setSearch({ deploy: String(version.version) })
  const aliasFor = model.can.includes('change') && shown ? () => setAliasing(shown) : undefined
  usePaletteEntries([
    ...(shown && model.can.includes('deploy')
      ? [
          {
            id: 'deploy-model',
            group: 'do' as const,
            label: words('palette.deploy', { name: model.name }),
            icon: RocketIcon,
            run: () => deployNow(shown),
          },
          {
            id: 'deploy-model-options',
            group: 'do' as const,
            label: words('palette.deployOptions', { name: model.name }),
            icon: RocketIcon,
            run: () => deployWithOptions(shown),
          },
        ]
      : []),
    ...(aliasFor
      ? [
          {
            id: 'alias-model',
            group: 'do' as const,
            label: words('palette.alias', { name: model.name }),
            icon: TagIcon,
            run: aliasFor,
          },
        ]
      : []),
  ])

  const aside = deploying ? (
    <DeployForm
      project={project}
      preset={{ model: model.name, version: deploying.version }}
      onClose={() => setSearch({ deploy: undefined })}
      onDeployed={(service) => void navigate({ to: addresses.object(project, 'services', service.slug) })}
    />
  ) : shown ? (
    <VersionAside
      version={shown}
      project={project}
      onDeployWithOptions={() => deployWithOptions(shown)}
      onRemoveAlias={(name) => removeAlias.mutate(name)}
    />
  ) : undefined
  const problem = deployError ?? list.error ?? removeAlias.error

  return (
    <PageLayout aside={aside}>
      <PageHeader
        title={model.name}
        actions={
          <>
            {aliasFor ? (
              <Button icon={TagIcon} onClick={aliasFor}>
                {words('alias.set')}
              </Button>
            ) : null}
            <DeleteMenu model={model} project={project} />
            {shown && model.can.includes('deploy') ? (
              <Button
                variant={deploying ? 'outline' : 'primary'}
                icon={RocketIcon}
                busy={busy}
                busyLabel={words('deploy.busy')}
                onClick={() => deployNow(shown)}
              >
                {shown === rows[0] ? words('deploy') : words('deploy.version', { version: shown.version })}
              </Button>
            ) : null}
          </>
        }
        below={
          <Facts>
            {[
              model.description || null,
              words('versions', { n: model.versions }),
              model.latest === null ? null : (
                <CopyId
                  key="uri"
                  short={false}
                  value={`models:/${model.name}${alias ? `@${alias.alias}` : `/${model.latest}`}`}
                />
              ),
            ]}
          </Facts>
        }
      />
      {problem ? (
        <PageBody>
          <ProblemNotice problem={problemOf(problem)} />
        </PageBody>
      ) : null}
      <VersionsTable
        project={project}
        model={model.name}
        versions={rows}
        loading={list.isLoading}
        hasMore={list.hasNextPage}
        onEnd={() => void list.fetchNextPage()}
        selection={selection}
        onSelect={dispatch}
        slots={assignSlots(new Map(), pair.map((version) => String(version.version)).toReversed())}
        onOpen={(version) => setSearch({ version: String(version.version), deploy: undefined })}
        onDeploy={deployNow}
        onDeployWithOptions={deployWithOptions}
        onAlias={setAliasing}
        onRemove={(version) => removeVersion.mutateAsync(version)}
        removeError={removeVersion.error ? problemOf(removeVersion.error).detail : undefined}
      />
      <PageBody>
        {newer && older ? <CompareVersions before={older} after={newer} /> : null}
        {rows.length > 1 && !older ? <p className={css.note}>{words('compare.hint')}</p> : null}
      </PageBody>
      {aliasing ? (
        <AliasDialog project={project} versions={rows} version={aliasing} onClose={() => setAliasing(null)} />
      ) : null}
    </PageLayout>
  )
}

function DeleteMenu({ model, project }: { model: Model; project: string }) {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const say = useSay()
  const [asking, setAsking] = useState(false)
  const remove = useMutation({ mutationFn: () => api.models.remove({ params: { project, model: model.name } }) })
  if (!model.can.includes('remove')) return null
  return (
    <>
      <Menu
        align="end"
        label={words('more')}
        items={[{ label: words('model.delete'), icon: TrashIcon, danger: true, onSelect: () => setAsking(true) }]}
        trigger={(trigger) => <IconButton {...trigger} icon={MoreIcon} outline size="md" label={words('more')} />}
      />
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title={words('model.deleteName', { name: model.name })}
        goesWithIt={words('model.deleteGoes', { n: model.versions })}
        typeName={model.name}
        action={words('model.delete')}
        busyLabel={words('model.deleting')}
        error={remove.error ? problemOf(remove.error).detail : undefined}
        onConfirm={async () => {
          await remove.mutateAsync()
          say({ text: words('model.deleted', { name: model.name }) })
          await navigate({ to: addresses.section(project, 'models') })
          void refreshModels(queries, project)
        }}
      />
    </>
  )
}
