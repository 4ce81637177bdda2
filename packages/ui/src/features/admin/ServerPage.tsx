import { useQuery } from '@tanstack/react-query'
import type { AppsWall } from '@mllab/sdk'
import { CodeBlock } from '../../components/CodeBlock.tsx'
import { Link } from '../../components/Link.tsx'
import { Notice, ProblemNotice } from '../../components/Notice.tsx'
import { PageBody, PageHeader, PageLayout, Section } from '../../components/Page.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { StatusMark } from '../../components/Status.tsx'
import { addresses, platformPath } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { useMe } from '../../lib/queries.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { MissingPage } from '../../shell/ErrorPage.tsx'
import { server } from '../../text/en/server.ts'
import { pageText } from '../../text/t.ts'
import css from './Server.module.css'

const t = pageText(server)

/** `/app/admin/server`; for whoever is no administrator there is nothing at this address. */
export function ServerPage() {
  return useMe().admin ? <Server /> : <MissingPage />
}

function Server() {
  const api = useApi()
  const facts = useQuery({
    queryKey: ['setup-facts'],
    queryFn: ({ signal }) => api.accounts.setupFacts({}, { signal }),
  })
  const wall = useQuery({ queryKey: ['apps-wall'], queryFn: ({ signal }) => api.apps.wall({}, { signal }) })
  const error = facts.error ?? wall.error
  useCrumbs([{ label: t('projects.admin') }, { label: t('server.title') }])
  return (
    <PageLayout centred>
      <PageHeader title={t('server.title')} />
      <PageBody>
        {error ? <ProblemNotice problem={problemOf(error)} /> : null}
        {facts.data ? (
          <Section title={t('server.facts')}>
            <PropertyList
              properties={[
                ...facts.data.facts.map(({ kind, level, title, detail }) => ({
                  name: t(`server.${kind}`),
                  value: (
                    <span className={css.fact}>
                      <span className={css.mark}>
                        {level === 'warning' ? <StatusMark status="unhealthy" size={14} label={false} /> : null}
                        {title}
                      </span>
                      <small>{detail}</small>
                    </span>
                  ),
                })),
                { name: t('server.version'), value: <code>{facts.data.version}</code> },
              ]}
            />
          </Section>
        ) : null}
        <Health />
        {wall.data ? <Wall wall={wall.data} /> : null}
      </PageBody>
    </PageLayout>
  )
}

interface Check {
  name: string
  ok: boolean
  detail: string
}

const healthMs = 15_000

/** Database, files, runtime and disk as `/readyz` sees them: it answers 503 with the same list when one is not in order. */
function Health() {
  const health = useQuery({
    queryKey: ['readyz'],
    queryFn: async ({ signal }): Promise<readonly Check[]> => {
      const answer = await fetch(`${platformPath()}/readyz`, { signal })
      return ((await answer.json()) as { checks: Check[] }).checks // the documented answer of /readyz
    },
    refetchInterval: healthMs,
  })
  return (
    <Section title={t('server.health')}>
      {health.error ? <Notice tone="warn">{t('server.unreachable')}</Notice> : null}
      <PropertyList
        properties={(health.data ?? []).map(({ name, ok, detail }) => ({
          name: partName(name),
          value: (
            <span className={css.mark}>
              <StatusMark
                status={ok ? 'running' : 'failed'}
                size={14}
                label={t(ok ? 'server.healthy' : 'server.ill')}
              />
              {detail}
            </span>
          ),
        }))}
      />
    </Section>
  )
}

const parts = ['database', 'objects', 'disk'] as const

function partName(name: string) {
  if (name === 'runtime') return t('server.workloads')
  const known = parts.find((part) => part === name)
  return known ? t(`server.${known}`) : name
}

function Wall({ wall: { wall, address, costs, remedies } }: { wall: AppsWall }) {
  return (
    <Section title={t('wall.title')}>
      <div className={css.wall}>
        {wall ? (
          <p>{t('wall.yes', { address })}</p>
        ) : (
          <Notice tone="warn">
            {t('wall.no', { address })}
            <ul className={css.costs}>
              {costs.map((cost) => (
                <li key={cost}>{cost}</li>
              ))}
            </ul>
          </Notice>
        )}
        {remedies.length > 0 ? (
          <>
            <h3>{t('wall.remedies')}</h3>
            {remedies.map(({ title, detail, command }) => (
              <div key={title} className={css.remedy}>
                <b>{title}</b>
                <p>{detail}</p>
                {command === null ? null : <CodeBlock snippets={[{ name: title, language: 'shell', code: command }]} />}
              </div>
            ))}
          </>
        ) : null}
        <p>
          {t('wall.links')} <Link to={addresses.account}>{t('wall.account')}</Link>
        </p>
      </div>
    </Section>
  )
}
