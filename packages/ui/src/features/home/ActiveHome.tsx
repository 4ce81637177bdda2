import { useQuery } from '@tanstack/react-query'
import type { Project, Service, Workspace } from '@mllab/sdk'
import { ButtonLink } from '../../components/Button.tsx'
import { PlusIcon, UploadIcon } from '../../components/icons.ts'
import { Link } from '../../components/Link.tsx'
import { People } from '../../components/Marks.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Aside, PageBody, PageHeader, PageLayout, Section } from '../../components/Page.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { format } from '../../lib/format.ts'
import { membersQuery, useMe } from '../../lib/queries.ts'
import { home } from '../../text/en/home.ts'
import { pageText } from '../../text/t.ts'
import { usageOfAllQuery } from '../workloads/usage.queries.ts'
import { ActivityFeed } from './ActivityFeed.tsx'
import type { Overview } from './FirstSteps.tsx'
import css from './Home.module.css'
import { homeServicesQuery, homeWorkspacesQuery, recentRunsQuery } from './home.queries.ts'
import { RecentRuns } from './RecentRuns.tsx'
import { type RunningItem, RunningNow } from './RunningNow.tsx'

const t = pageText(home)

interface ActiveHomeProps {
  project: Project
  overview: Overview
  onShowSteps: (() => void) | undefined
}

/** What needs somebody, what runs, the last runs; beside it what is kept and what happened. */
export function ActiveHome({ project, overview, onShowSteps }: ActiveHomeProps) {
  const api = useApi()
  const me = useMe()
  const workspaces = useQuery(homeWorkspacesQuery(api, project.slug))
  const services = useQuery(homeServicesQuery(api, project.slug))
  const runs = useQuery(recentRunsQuery(api, project.slug))
  const members = useQuery(membersQuery(api, project.slug)).data?.items ?? []
  const items = [
    ...(services.data?.items ?? []).map((one) => runningItem('service', one, project.slug)),
    ...(workspaces.data?.items ?? []).map((one) => runningItem('workspace', one, project.slug)),
  ].filter(({ state }) => state.status !== 'stopped')
  const states = (list: typeof workspaces.data | typeof services.data) => (list?.items ?? []).map(({ state }) => state)
  const ofWorkspaces = useQuery(usageOfAllQuery(api, project.slug, 'workspaces', states(workspaces.data))).data
  const ofServices = useQuery(usageOfAllQuery(api, project.slug, 'services', states(services.data))).data
  const trouble = items.find(({ state }) => state.status === 'failed' || state.status === 'unhealthy')
  const may = (action: string) => project.can.includes(action)

  return (
    <PageLayout aside={<HomeAside project={project} overview={overview} />}>
      <PageHeader
        title={project.name}
        actions={
          <>
            {members.length > 1 ? (
              <Link to={addresses.section(project.slug, 'members')} data-tip={t('nav.members')} className={css.people}>
                <People names={members.map(({ person }) => person.name)} />
              </Link>
            ) : null}
            {may('files:write') ? (
              <ButtonLink icon={UploadIcon} to={addresses.section(project.slug, 'data')}>
                {t('home.uploadData')}
              </ButtonLink>
            ) : null}
            {may('workspaces:write') ? (
              <ButtonLink
                variant="primary"
                icon={PlusIcon}
                to={addresses.section(project.slug, 'workspaces')}
                search={{ new: '' }}
              >
                {t('home.workspaceButton')}
              </ButtonLink>
            ) : null}
          </>
        }
        below={
          project.description ||
          (may('project:write') ? (
            <Link to={addresses.section(project.slug, 'settings')}>{t('home.describe')}</Link>
          ) : undefined)
        }
      />
      <PageBody>
        {me.status === 'pending' ? <Notice tone="plain">{t('home.pending')}</Notice> : null}
        {trouble ? <Trouble item={trouble} /> : null}
        <RunningNow
          items={items}
          usage={new Map([...(ofWorkspaces ?? []), ...(ofServices ?? [])])}
          loading={workspaces.isPending || services.isPending}
          error={workspaces.error ?? services.error}
        />
        <RecentRuns project={project.slug} runs={runs.data?.items} error={runs.error} total={overview.counts.runs} />
        {onShowSteps ? (
          <p>
            <button type="button" className={css.linkButton} onClick={onShowSteps}>
              {t('home.showSteps')}
            </button>
          </p>
        ) : null}
      </PageBody>
    </PageLayout>
  )
}

function runningItem(kind: 'workspace' | 'service', one: Workspace | Service, project: string): RunningItem {
  return {
    id: one.id,
    kind,
    name: one.name,
    to: addresses.object(project, kind === 'service' ? 'services' : 'workspaces', one.slug),
    by: ('owner' in one ? one.owner : one.createdBy)?.name ?? null,
    state: one.state,
  }
}

/** The one notice on top: the first that needs somebody. */
function Trouble({ item }: { item: RunningItem }) {
  const failed = item.state.status === 'failed'
  return (
    <Notice
      tone={failed ? 'failed' : 'warn'}
      action={
        <ButtonLink size="sm" to={item.to}>
          {t('home.open')}
        </ButtonLink>
      }
    >
      <b>{item.name}</b> {item.state.reason?.detail ?? t(failed ? 'home.attention' : 'home.attentionUnhealthy')}
    </Notice>
  )
}

function HomeAside({ project, overview }: { project: Project; overview: Overview }) {
  const { counts, storage } = overview
  const place = (section: 'data' | 'experiments' | 'models', label: string, value: string) => ({
    name: label,
    value: <Link to={addresses.section(project.slug, section)}>{value}</Link>,
  })
  return (
    <Aside label={t('home.about')}>
      <Section title={t('home.inProject')}>
        <PropertyList
          properties={[
            place('data', t('nav.data'), withBytes(counts.datasets, storage.dataBytes)),
            place('experiments', t('home.run.plural'), withBytes(counts.runs, storage.artifactBytes)),
            place('models', t('nav.models'), format.number(counts.models)),
          ]}
        />
      </Section>
      <ActivityFeed project={project.slug} />
    </Aside>
  )
}

const withBytes = (count: number, bytes: number) =>
  bytes === 0 ? format.number(count) : `${format.number(count)}, ${format.bytes(bytes)}`
