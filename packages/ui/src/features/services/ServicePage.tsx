import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import type { Service } from '@mllab/sdk'
import { Button, IconButton } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import {
  ExternalIcon,
  MoreIcon,
  PlayIcon,
  RestartIcon,
  SettingsIcon,
  StopIcon,
  TrashIcon,
} from '../../components/icons.ts'
import { Link } from '../../components/Link.tsx'
import { Tag } from '../../components/Marks.tsx'
import { Menu } from '../../components/Menu.tsx'
import { Notice, ProblemNotice } from '../../components/Notice.tsx'
import { Facts, PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { PageWaiting } from '../../components/PageWaiting.tsx'
import { StatusPill } from '../../components/Status.tsx'
import { useSay } from '../../components/Toast.tsx'
import { CopyId } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { useProject } from '../../lib/queries.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { FailedPage } from '../../shell/FailedPage.tsx'
import { usePaletteEntries } from '../../shell/palette.tsx'
import { FailedSection } from '../workloads/FailedSection.tsx'
import { failedWays } from '../workloads/failed-ways.tsx'
import { StartProgress } from '../workloads/StartProgress.tsx'
import { StateNotices } from '../workloads/StateNotices.tsx'
import { isMeasured } from '../workloads/usage.queries.ts'
import { UsageCharts } from '../workloads/UsageCharts.tsx'
import { WorkloadLog } from '../workloads/WorkloadLog.tsx'
import { ServiceAside } from './ServiceAside.tsx'
import css from './Services.module.css'
import { serviceQuery, useServiceActions } from './services.queries.ts'
import { words } from './words.ts'

const ServiceSettings = lazy(() =>
  import('./ServiceSettings.tsx').then((chunk) => ({ default: chunk.ServiceSettings })),
)

/** One service: how it is, its log, and beside it how to use and to try it. */
export function ServicePage() {
  const project = useProject()
  const slug = useParams({ strict: false, select: (params: { service?: string }) => params.service ?? '' })
  const found = useQuery(serviceQuery(useApi(), project.slug, slug))
  useCrumbs([
    { label: project.name, to: addresses.project(project.slug) },
    { label: words('crumb'), to: addresses.section(project.slug, 'services') },
    { label: found.data?.name ?? slug },
  ])
  if (found.data) return <Page service={found.data} project={project.slug} />
  return found.error ? <FailedPage error={found.error} /> : <PageWaiting />
}

function Page({ service, project }: { service: Service; project: string }) {
  const api = useApi()
  const { start, stop, restart, discard } = useServiceActions(project)
  const { status } = service.state
  const [port] = service.ports
  const mayStart = service.can.includes('start') && (status === 'stopped' || status === 'failed')
  const mayStop = service.can.includes('stop') && status !== 'stopped' && status !== 'failed' && status !== 'stopping'
  const mayRestart = service.can.includes('start') && (status === 'running' || status === 'unhealthy')
  const problem = start.error ?? stop.error ?? restart.error ?? discard.error
  usePaletteEntries([
    ...(mayStop
      ? [
          {
            id: 'service-stop',
            group: 'do' as const,
            label: words('palette.stopIt', { name: service.name }),
            icon: StopIcon,
            run: () => stop.mutate(service.slug),
          },
        ]
      : []),
    ...(mayStart
      ? [
          {
            id: 'service-start',
            group: 'do' as const,
            label: words('palette.startIt', { name: service.name }),
            icon: PlayIcon,
            run: () => start.mutate(service.slug),
          },
        ]
      : []),
  ])
  const startButton = mayStart ? (
    <Button
      variant="primary"
      icon={PlayIcon}
      busy={start.isPending}
      busyLabel={words('starting')}
      onClick={() => start.mutate(service.slug)}
    >
      {words(status === 'failed' ? 'start.again' : 'start')}
    </Button>
  ) : null

  const log = service.can.includes('logs') ? (
    <WorkloadLog
      name={service.slug}
      start={`${service.id} ${service.state.generation}`}
      live={status !== 'stopped' && status !== 'failed'}
      read={(query, signal) => api.services.logs({ params: { project, service: service.slug }, query }, { signal })}
    />
  ) : null

  return (
    <PageLayout aside={status === 'failed' ? undefined : <ServiceAside service={service} project={project} />}>
      <PageHeader
        title={service.name}
        beside={<StatusPill status={status} />}
        actions={
          <>
            {mayRestart ? (
              <Button
                icon={RestartIcon}
                busy={restart.isPending}
                busyLabel={words('restarting')}
                onClick={() => restart.mutate(service.slug)}
              >
                {words('restart')}
              </Button>
            ) : null}
            {mayStop ? (
              <Button
                icon={StopIcon}
                busy={stop.isPending}
                busyLabel={words(status === 'starting' ? 'cancelling' : 'stopping')}
                onClick={() => stop.mutate(service.slug)}
              >
                {words(status === 'starting' ? 'cancelStart' : 'stop')}
              </Button>
            ) : null}
            {status === 'stopped' ? startButton : null}
            <MoreMenu service={service} project={project} />
          </>
        }
        below={
          <Facts>
            {[
              service.model === null ? (
                <code key="image" className={css.source}>
                  {service.code?.source ?? service.state.image}
                </code>
              ) : (
                <span key="model">
                  <Link
                    to={addresses.object(project, 'models', service.model.name)}
                    search={{ version: String(service.model.version) }}
                  >
                    {service.model.name}
                  </Link>{' '}
                  <Tag>v{service.model.version}</Tag>
                </span>
              ),
              port === undefined ? null : (
                <span key="url" className={css.url}>
                  <CopyId value={port.url} short={false}>
                    {port.url.replace(/^https?:\/\//, '')}
                  </CopyId>
                </span>
              ),
            ]}
          </Facts>
        }
      />
      <PageBody>
        {problem ? <ProblemNotice problem={problemOf(problem)} /> : null}
        {service.pending ? (
          <Notice
            tone="plain"
            action={
              <>
                <Button size="sm" variant="ghost" busy={discard.isPending} onClick={() => discard.mutate(service.slug)}>
                  {words('pending.discard')}
                </Button>
                <Button size="sm" busy={restart.isPending} onClick={() => restart.mutate(service.slug)}>
                  {words('restart')}
                </Button>
              </>
            }
          >
            {words('pending.notice', { parts: service.pending.changed.join(', ') })}
          </Notice>
        ) : null}
        {status === 'starting' ? <StartProgress name={service.name} steps={service.state.steps} /> : null}
        {status === 'failed' ? (
          <FailedSection
            state={service.state}
            log={log}
            ways={failedWays(service.state, {
              startAgain: startButton,
              newForm: service.can.includes('start')
                ? {
                    to: addresses.section(project, 'services'),
                    ...(service.model === null
                      ? {}
                      : { search: { model: service.model.name, version: String(service.model.version) } }),
                  }
                : null,
            })}
          />
        ) : null}
        <StateNotices state={service.state} />
        {status === 'stopped' ? <Notice tone="plain">{words('stoppedText')}</Notice> : null}
        {isMeasured(status) ? (
          <UsageCharts
            project={project}
            id={service.id}
            read={(signal) => api.services.usage({ params: { project, service: service.slug }, query: {} }, { signal })}
          />
        ) : null}
        {status === 'failed' ? null : log}
      </PageBody>
    </PageLayout>
  )
}

function MoreMenu({ service, project }: { service: Service; project: string }) {
  const [open, setOpen] = useState<'delete' | 'settings' | null>(null)
  const { remove, update } = useServiceActions(project)
  const navigate = useNavigate()
  const say = useSay()
  const [port] = service.ports
  const items = [
    ...(port && service.state.status === 'running' && service.can.includes('call')
      ? [
          {
            label: words('openIt'),
            icon: ExternalIcon,
            onSelect: () => void window.open(port.openUrl, '_blank', 'noopener'),
          },
        ]
      : []),
    ...(service.can.includes('change')
      ? [
          { label: words('settings'), icon: SettingsIcon, onSelect: () => setOpen('settings') },
          {
            label: words(service.code === null ? 'update' : 'updateCode'),
            icon: RestartIcon,
            onSelect: () => update.mutate(service.slug),
          },
        ]
      : []),
    ...(service.can.includes('delete')
      ? ['line' as const, { label: words('delete'), icon: TrashIcon, danger: true, onSelect: () => setOpen('delete') }]
      : []),
  ]
  if (items.length === 0) return null
  return (
    <>
      <Menu
        align="end"
        label={words('more')}
        items={items}
        trigger={(trigger) => <IconButton {...trigger} icon={MoreIcon} outline size="md" label={words('more')} />}
      />
      {open === 'settings' ? (
        <Suspense fallback={null}>
          <ServiceSettings service={service} project={project} onClose={() => setOpen(null)} />
        </Suspense>
      ) : null}
      <ConfirmDialog
        open={open === 'delete'}
        onClose={() => setOpen(null)}
        title={words('deleteName', { name: service.name })}
        goesWithIt={words('deleteGoes')}
        typeName={service.slug}
        action={words('delete')}
        busyLabel={words('deleting')}
        error={remove.error ? problemOf(remove.error).detail : undefined}
        onConfirm={async () => {
          await remove.mutateAsync(service.slug)
          say({ text: words('deleted', { name: service.name }) })
          await navigate({ to: addresses.section(project, 'services') })
        }}
      />
    </>
  )
}
