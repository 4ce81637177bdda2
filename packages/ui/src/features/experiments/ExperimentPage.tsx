import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { Button, IconButton } from '../../components/Button.tsx'
import { ChevronDownIcon, MoreIcon, PlusIcon, TrashIcon } from '../../components/icons.ts'
import { Menu } from '../../components/Menu.tsx'
import { PageHeader, PageLayout } from '../../components/Page.tsx'
import { useSay } from '../../components/Toast.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { rowsOf } from '../../lib/pages.ts'
import { problemOf } from '../../lib/problem.ts'
import { useProject } from '../../lib/queries.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { MissingPage } from '../../shell/ErrorPage.tsx'
import { FailedPage } from '../../shell/FailedPage.tsx'
import { usePaletteEntries } from '../../shell/palette.tsx'
import { experimentQuery, experimentsQuery } from './experiments.queries.ts'
import css from './Experiments.module.css'
import { LogRunDialog } from './LogRun.tsx'
import { NameDialog } from './NameDialog.tsx'
import { RunsTable, type RunsHead } from './RunsTable.tsx'
import { words } from './words.ts'

const capped = 10_000

/** The runs of one experiment. */
export function ExperimentPage() {
  const project = useProject()
  const number = Number(
    useParams({ strict: false, select: (params: { number?: string }) => params.number ?? '' }) || Number.NaN,
  )
  const api = useApi()
  const found = useQuery({ ...experimentQuery(api, project.slug, number), enabled: Number.isInteger(number) })
  const [logging, setLogging] = useState(false)
  const experiment = found.data
  const name = experiment?.name ?? ''
  useCrumbs([
    { label: project.name, to: addresses.project(project.slug) },
    { label: words('crumb'), to: addresses.section(project.slug, 'experiments') },
    { label: name },
  ])
  usePaletteEntries([
    { id: 'log-run', group: 'do', label: words('palette.logRun'), icon: PlusIcon, run: () => setLogging(true) },
  ])
  if (!Number.isInteger(number)) return <MissingPage />
  if (found.error) return <FailedPage error={found.error} />

  const head = (facts: RunsHead) => (
    <PageHeader
      title={name}
      beside={<Siblings project={project.slug} current={number} />}
      facts={
        <span className={css.titleFacts}>
          {experiment ? countWords(experiment.runs, facts) : null} {facts.pill}
        </span>
      }
      actions={
        <>
          {experiment?.can.includes('change') ? (
            <ExperimentMenu project={project.slug} number={number} name={name} />
          ) : null}
          <Button variant="primary" icon={PlusIcon} onClick={() => setLogging(true)}>
            {words('log.title')}
          </Button>
        </>
      }
    />
  )
  return (
    <PageLayout>
      <RunsTable key={number} project={project.slug} experiment={number} name={name} head={head} />
      {logging ? <LogRunDialog project={project.slug} experiment={name} onClose={() => setLogging(false)} /> : null}
    </PageLayout>
  )
}

function countWords(runs: number, { filtered, loaded, more }: RunsHead): string {
  const all = runs >= capped ? words('factsMany') : words('facts', { n: runs })
  return filtered ? `${all} · ${words(more ? 'facts.matchMore' : 'facts.match', { n: loaded })}` : all
}

/** The way to the other experiments, beside the title. */
function Siblings({ project, current }: { project: string; current: number }) {
  const { rows } = rowsOf(useInfiniteQuery(experimentsQuery(useApi(), project, undefined)).data)
  if (rows.length < 2) return null
  return (
    <Menu
      align="start"
      label={words('others')}
      items={rows.slice(0, 20).map((experiment) => ({
        label: experiment.name,
        current: experiment.number === current,
        to: addresses.object(project, 'experiments', String(experiment.number)),
      }))}
      trigger={(trigger) => <IconButton {...trigger} icon={ChevronDownIcon} label={words('others')} />}
    />
  )
}

function ExperimentMenu({ project, number, name }: { project: string; number: number; name: string }) {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const say = useSay()
  const [renaming, setRenaming] = useState(false)
  const params = { project, number }
  const refresh = () => queries.invalidateQueries({ queryKey: ['experiments', project] })
  const rename = useMutation({
    mutationFn: (next: string) => api.runs.updateExperiment({ params, body: { name: next } }),
    onSuccess: () => {
      setRenaming(false)
      void refresh()
    },
  })
  const remove = async () => {
    try {
      await api.runs.removeExperiment({ params })
    } catch (error) {
      return say({ text: problemOf(error).detail })
    }
    say({
      text: words('removed', { name }),
      undo: () => void api.runs.restoreExperiment({ params }).then(refresh),
    })
    await navigate({ to: addresses.section(project, 'experiments') })
    void refresh()
  }
  return (
    <>
      <Menu
        align="end"
        label={words('more')}
        items={[
          { label: words('rename'), onSelect: () => setRenaming(true) },
          'line',
          { label: words('remove'), icon: TrashIcon, danger: true, onSelect: () => void remove() },
        ]}
        trigger={(trigger) => <IconButton {...trigger} icon={MoreIcon} outline size="md" label={words('more')} />}
      />
      {renaming ? (
        <NameDialog
          title={words('rename')}
          label={words('new.name')}
          action={words('rename.action')}
          busyLabel={words('rename.busy')}
          initial={name}
          busy={rename.isPending}
          error={rename.error}
          onSubmit={(next) => rename.mutate(next)}
          onClose={() => setRenaming(false)}
        />
      ) : null}
    </>
  )
}
