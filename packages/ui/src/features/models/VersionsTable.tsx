import { useState } from 'react'
import type { ModelVersion } from '@mllab/sdk'
import { IconButton } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { MoreIcon, RocketIcon, TagIcon, TrashIcon } from '../../components/icons.ts'
import { Link } from '../../components/Link.tsx'
import { SeriesMark, Tag } from '../../components/Marks.tsx'
import { Menu } from '../../components/Menu.tsx'
import { EmptyState } from '../../components/Notice.tsx'
import { StatusText } from '../../components/Status.tsx'
import type { Column } from '../../components/table.ts'
import { MetricValue, RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import type { Selection, SelectionAction } from '../../lib/selection.ts'
import { seriesStyle } from '../../lib/series.ts'
import { lessIsBetter, metricNumber } from '../experiments/run-columns.ts'
import css from './Models.module.css'
import { words } from './words.ts'

export interface VersionActions {
  onOpen: (version: ModelVersion) => void
  onDeploy: (version: ModelVersion) => void
  onDeployWithOptions: (version: ModelVersion) => void
  onAlias: (version: ModelVersion) => void
  onRemove: (version: ModelVersion) => Promise<unknown>
  removeError: string | undefined
}

interface VersionsTableProps extends VersionActions {
  project: string
  model: string
  versions: readonly ModelVersion[]
  loading: boolean
  hasMore: boolean
  onEnd: () => void
  selection: Selection
  onSelect: (action: SelectionAction) => void
  /** Colours of the two that are compared. */
  slots: ReadonlyMap<string, number>
}

/** The versions of a model, newest first. Two can be chosen to be compared. */
export function VersionsTable(props: VersionsTableProps) {
  const { versions, project } = props
  const [removing, setRemoving] = useState<ModelVersion | null>(null)
  const metrics = shownMetrics(versions)
  const columns: Column<ModelVersion>[] = [
    {
      id: 'version',
      header: words('versions.version'),
      width: '72px',
      cell: (version) => (
        <>
          <VersionMark version={version} slots={props.slots} />
          <Link
            to={addresses.object(project, 'models', version.model)}
            search={{ version: String(version.version) }}
            plain
          >
            v{version.version}
          </Link>
        </>
      ),
    },
    {
      id: 'alias',
      header: words('versions.alias'),
      width: 'minmax(90px, 1.2fr)',
      cell: (version) => (
        <span className={css.tags}>
          {version.status === 'ready' ? null : (
            <StatusText status={version.status === 'failed' ? 'failed' : 'starting'}>{version.status}</StatusText>
          )}
          {version.aliases.map((alias) => (
            <Tag key={alias} accent={alias === 'champion'}>
              @{alias}
            </Tag>
          ))}
        </span>
      ),
    },
    {
      id: 'run',
      header: words('versions.run'),
      width: 'minmax(90px, 1.2fr)',
      cell: (version) =>
        version.run === null ? (
          words('common.none')
        ) : (
          <Link to={addresses.run(project, 0, version.run.id)}>{version.run.name}</Link>
        ),
    },
    ...metrics.map((key): Column<ModelVersion> => ({
      id: `metrics.${key}`,
      header: key,
      width: `${Math.min(150, Math.max(72, key.length * 7 + 12))}px`,
      align: 'right',
      cell: (version) => <MetricValue value={metricOf(version, key)} />,
    })),
    {
      id: 'made',
      header: words('versions.made'),
      width: '88px',
      align: 'right',
      cell: (version) => <RelativeTime at={Date.parse(version.createdAt)} />,
    },
    {
      id: 'serves',
      header: words('versions.serves'),
      width: 'minmax(90px, 1fr)',
      cell: (version) =>
        version.services.length === 0
          ? words('common.none')
          : version.services.map((service) => (
              <Link key={service.slug} to={addresses.object(project, 'services', service.slug)}>
                {service.name}
              </Link>
            )),
    },
    {
      id: 'more',
      header: '',
      name: words('more'),
      width: '32px',
      cell: (version) => <VersionMenu version={version} {...props} onAskRemove={() => setRemoving(version)} />,
    },
  ]
  return (
    <>
      <DataTable
        label={words('versions.label', { name: props.model })}
        rows={versions}
        columns={columns}
        rowId={(version) => String(version.version)}
        rowName={(version) => `v${version.version}`}
        onOpen={props.onOpen}
        loading={props.loading}
        hasMore={props.hasMore}
        onEnd={props.onEnd}
        selection={props.selection}
        onSelect={props.onSelect}
        empty={<EmptyState title={words('versions.none')}>{words('versions.noneText')}</EmptyState>}
        phone={(version) => ({
          mark: props.slots.has(String(version.version)) ? (
            <VersionMark version={version} slots={props.slots} />
          ) : undefined,
          name: `v${version.version} ${version.aliases.map((alias) => `@${alias}`).join(' ')}`,
          facts: <RelativeTime at={Date.parse(version.createdAt)} />,
          value: metrics[0] === undefined ? undefined : <MetricValue value={metricOf(version, metrics[0])} />,
        })}
      />
      {removing === null ? null : (
        <ConfirmDialog
          open
          onClose={() => setRemoving(null)}
          title={words('version.delete', { version: removing.version })}
          goesWithIt={words('version.deleteGoes')}
          action={words('version.delete', { version: removing.version })}
          busyLabel={words('version.deleting')}
          error={props.removeError}
          onConfirm={() => props.onRemove(removing)}
        />
      )}
    </>
  )
}

function VersionMark({ version, slots }: { version: ModelVersion; slots: ReadonlyMap<string, number> }) {
  const slot = slots.get(String(version.version))
  return slot === undefined ? null : <SeriesMark color={seriesStyle(slot).color} />
}

function VersionMenu({
  version,
  onDeploy,
  onDeployWithOptions,
  onAlias,
  onAskRemove,
}: VersionActions & { version: ModelVersion; onAskRemove: () => void }) {
  const label = words('version.more', { version: version.version })
  const items = [
    ...(version.can.includes('deploy')
      ? [
          {
            label: words('deploy.version', { version: version.version }),
            icon: RocketIcon,
            onSelect: () => onDeploy(version),
          },
          {
            label: words('deploy.versionOptions', { version: version.version }),
            onSelect: () => onDeployWithOptions(version),
          },
        ]
      : []),
    ...(version.can.includes('change')
      ? [{ label: words('alias.set'), icon: TagIcon, onSelect: () => onAlias(version) }]
      : []),
    ...(version.can.includes('remove')
      ? [
          'line' as const,
          {
            label: words('version.delete', { version: version.version }),
            icon: TrashIcon,
            danger: true,
            onSelect: onAskRemove,
          },
        ]
      : []),
  ]
  if (items.length === 0) return null
  return (
    <Menu
      align="end"
      label={label}
      items={items}
      trigger={(trigger) => <IconButton {...trigger} icon={MoreIcon} size="sm" label={label} />}
    />
  )
}

const mostMetrics = 2

/** The metrics that judge a model, as far as the versions have them. */
function shownMetrics(versions: readonly ModelVersion[]): string[] {
  const keys = [...new Set(versions.flatMap((version) => version.metrics.map(({ key }) => key)))]
  const judging = keys.filter((key) => lessIsBetter(key) !== null && !/train/i.test(key))
  return (judging.length > 0 ? judging : keys).slice(0, mostMetrics)
}

function metricOf(version: ModelVersion, key: string): number | undefined {
  const metric = version.metrics.find((one) => one.key === key)
  return metric && metricNumber(metric.value)
}
