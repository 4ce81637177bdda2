import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLater, Skeleton } from '../../components/Gauges.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { overviewQuery, useProject } from '../../lib/queries.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { usePaletteEntries } from '../../shell/palette.tsx'
import { RocketIcon } from '../../components/icons.ts'
import { home } from '../../text/en/home.ts'
import { pageText } from '../../text/t.ts'
import { ActiveHome } from './ActiveHome.tsx'
import { FirstSteps } from './FirstSteps.tsx'
import { hideSteps, stepsHidden } from './steps.ts'

const t = pageText(home)

/** `/p/{project}`: the way to the first service while the project is young, then what runs and what happened. */
export function HomePage() {
  const project = useProject()
  const overview = useQuery(overviewQuery(useApi(), project.slug))
  const waiting = useLater(overview.isPending)
  const [choice, setChoice] = useState<{ project: string; shown: boolean }>()
  const choose = (shown: boolean) => {
    hideSteps(project.slug, !shown)
    setChoice({ project: project.slug, shown })
  }
  useCrumbs([{ label: project.name, to: addresses.project(project.slug) }, { label: t('nav.home') }])
  usePaletteEntries([
    { id: 'steps', group: 'do', label: t('home.showSteps'), icon: RocketIcon, run: () => choose(true) },
  ])

  if (!overview.data) {
    return (
      <PageLayout>
        <PageHeader
          title={project.name}
          below={waiting ? <Skeleton width={220} /> : project.description || undefined}
        />
        <PageBody>{overview.error ? <ProblemNotice problem={problemOf(overview.error)} /> : null}</PageBody>
      </PageLayout>
    )
  }
  const { steps, counts } = overview.data
  const young = counts.runs === 0 && counts.services === 0 && counts.models === 0
  const chosen = choice?.project === project.slug ? choice.shown : stepsHidden(project.slug) ? false : undefined
  const allDone = Object.values(steps).every(({ done }) => done)
  return (chosen ?? (young && !allDone)) ? (
    <FirstSteps project={project} overview={overview.data} onHide={() => choose(false)} />
  ) : (
    <ActiveHome project={project} overview={overview.data} onShowSteps={allDone ? undefined : () => choose(true)} />
  )
}
