import { useState } from 'react'
import type { Project } from '@mllab/sdk'
import { Button, ButtonLink } from '../../components/Button.tsx'
import { Segmented } from '../../components/Choice.tsx'
import { CodeLanguage } from '../../components/CodeBlock.tsx'
import { DataIcon, ExperimentIcon, type Icon, ModelIcon, RocketIcon, WorkspaceIcon } from '../../components/icons.ts'
import { Link } from '../../components/Link.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Facts, PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { onboardingNext, OnboardingSteps } from '../../components/Steps.tsx'
import { RelativeTime } from '../../components/Values.tsx'
import { addresses, platformAddress, type SectionName } from '../../lib/address.ts'
import { useMe, type useOverview } from '../../lib/queries.ts'
import type { SearchParams } from '../../lib/search.ts'
import { home } from '../../text/en/home.ts'
import { pageText } from '../../text/t.ts'
import { useToken } from '../code/use-token.tsx'
import css from './Home.module.css'
import { stepCode } from './steps.ts'

const t = pageText(home)

export type Overview = NonNullable<ReturnType<typeof useOverview>>
type StepName = keyof Overview['steps']

interface StepPlace {
  name: StepName
  icon: Icon
  section: Exclude<SectionName, ''>
  search?: SearchParams
}

const places: readonly StepPlace[] = [
  { name: 'data', icon: DataIcon, section: 'data' },
  { name: 'workspace', icon: WorkspaceIcon, section: 'workspaces', search: { new: '' } },
  { name: 'run', icon: ExperimentIcon, section: 'experiments' },
  { name: 'model', icon: ModelIcon, section: 'models' },
  { name: 'service', icon: RocketIcon, section: 'services' },
]

/** The loop as five steps that tick themselves off, each with its button and its code. */
export function FirstSteps({
  project,
  overview,
  onHide,
}: {
  project: Project
  overview: Overview
  onHide: () => void
}) {
  const me = useMe()
  const [language, setLanguage] = useState('curl')
  const token = useToken(t('home.tokenName', { name: project.name }), 'LAB_API_TOKEN')
  const code = stepCode(platformAddress(), project.slug)
  const done = places.filter(({ name }) => overview.steps[name].done).length
  const next = onboardingNext(places.map(({ name }) => overview.steps[name]))
  return (
    <PageLayout>
      <div className={css.steps}>
        <PageHeader
          title={t('home.steps')}
          actions={
            <>
              <Segmented
                value={language}
                onChange={setLanguage}
                aria-label={t('home.language')}
                options={['curl', 'Python'].map((name) => ({ value: name, label: name }))}
              />
              <Button variant="ghost" size="sm" onClick={onHide}>
                {t('home.hide')}
              </Button>
            </>
          }
          below={<Facts>{[t('home.stepsDone', { done }), t('home.stepsHow')]}</Facts>}
        />
        <PageBody>
          {me.status === 'pending' ? <Notice tone="plain">{t('home.pending')}</Notice> : null}
          <CodeLanguage name={language} onChoose={setLanguage}>
            <OnboardingSteps
              steps={places.map((place, index) => {
                const step = overview.steps[place.name]
                return {
                  name: t(`home.${place.name}`),
                  done: step.done,
                  when: step.at === null ? undefined : <RelativeTime at={Date.parse(step.at)} />,
                  text: t(`home.${place.name}Text`),
                  action: step.done ? (
                    <Made place={place} project={project.slug} subject={step.subject} />
                  ) : (
                    <ButtonLink
                      variant={index === next ? 'primary' : 'outline'}
                      icon={place.icon}
                      to={addresses.section(project.slug, place.section)}
                      {...(place.search ? { search: place.search } : {})}
                    >
                      {t(`home.${place.name}Button`)}
                    </ButtonLink>
                  ),
                  code: code[place.name],
                }
              })}
            />
          </CodeLanguage>
          <div className={css.token}>
            <div className={css.tokenLine}>
              <p>{t('home.tokenHelp')}</p>
              {token.button}
            </div>
            {token.secret}
          </div>
        </PageBody>
      </div>
    </PageLayout>
  )
}

/** What came of a step. */
function Made({ place, project, subject }: { place: StepPlace; project: string; subject: string | null }) {
  return (
    <span className={css.made}>
      <place.icon aria-hidden />
      <Link plain to={addresses.section(project, place.section)}>
        {subject ?? t(`home.${place.name}`)}
      </Link>
    </span>
  )
}
