import { useState } from 'react'
import type { Run } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { DataIcon, ExperimentIcon, ModelIcon, RocketIcon } from '../../components/icons.ts'
import { LineageChain, type LineageNode } from '../../components/Lineage.tsx'
import { Link } from '../../components/Link.tsx'
import { Person, Tag } from '../../components/Marks.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Aside, Section } from '../../components/Page.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { CopyId, PathValue, RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { problemOf } from '../../lib/problem.ts'
import { useProject } from '../../lib/queries.ts'
import { Took } from '../experiments/run-table-columns.tsx'
import { useDeploy } from '../services/use-deploy.ts'
import { changedParams } from './changed-params.ts'
import { RegisterDialog } from './RegisterDialog.tsx'
import css from './Run.module.css'
import { words } from './words.ts'

/** Facts, models, lineage, parameters and tags of a run. */
export function RunAside({ run, project }: { run: Run; project: string }) {
  const params = changedParams(run.params, run.previous?.params ?? null)
  const tags = run.tags.filter(({ key }) => !key.startsWith('mlflow.'))
  const lineage = lineageOf(run, project)
  return (
    <Aside label={words('details.label')}>
      <Section>
        <PropertyList
          properties={[
            { name: words('fact.run'), value: <CopyId value={run.id} /> },
            {
              name: words('fact.experiment'),
              value: (
                <Link to={addresses.object(project, 'experiments', String(run.experiment.number))}>
                  {run.experiment.name}
                </Link>
              ),
            },
            ...(run.startedAt === null
              ? []
              : [{ name: words('fact.started'), value: <RelativeTime at={Date.parse(run.startedAt)} /> }]),
            { name: words('fact.took'), value: <Took run={run} /> },
            ...(run.by === null ? [] : [{ name: words('fact.by'), value: <Person name={run.by.name} /> }]),
            ...(run.source === null ? [] : [{ name: words('fact.source'), value: <PathValue path={run.source} /> }]),
          ]}
        />
      </Section>
      <Models run={run} project={project} />
      {lineage.length > 1 ? (
        <Section title={words('lineage.title')}>
          <LineageChain nodes={lineage} />
        </Section>
      ) : null}
      <Section
        title={words('params.title')}
        count={params.length}
        end={
          run.previous === null ? undefined : (
            <Link to={addresses.run(project, run.experiment.number, run.previous.id)} className={css.previous}>
              {words(params.some((param) => param.was !== undefined) ? 'params.differs' : 'params.same', {
                name: run.previous.name,
              })}
            </Link>
          )
        }
      >
        {params.length === 0 ? (
          <p className={css.note}>{words('params.none')}</p>
        ) : (
          <PropertyList properties={params.map(({ key, value, was }) => ({ name: key, value, was }))} />
        )}
      </Section>
      {tags.length > 0 ? (
        <Section title={words('tags.title')} count={tags.length}>
          <PropertyList properties={tags.map(({ key, value }) => ({ name: key, value }))} />
        </Section>
      ) : null}
    </Aside>
  )
}

function Models({ run, project }: { run: Run; project: string }) {
  const [registering, setRegistering] = useState(false)
  const registered = run.models.flatMap((model) => model.registered)
  const last = registered.at(-1)
  const mayDeploy = useProject().can.includes('services:write')
  const { deploy, busy, error } = useDeploy(project)
  return (
    <Section
      title={words('models.title')}
      end={
        <>
          {run.can.includes('register') && run.models.length > 0 ? (
            <Button size="sm" icon={ModelIcon} onClick={() => setRegistering(true)}>
              {words('models.register')}
            </Button>
          ) : null}
          {last && mayDeploy ? (
            <Button
              size="sm"
              icon={RocketIcon}
              busy={busy}
              busyLabel={words('models.deploying')}
              onClick={() => deploy(last.name, last.version)}
            >
              {words('models.deploy')}
            </Button>
          ) : null}
        </>
      }
    >
      {error ? <ProblemNotice problem={problemOf(error)} /> : null}
      {run.models.length === 0 ? <p className={css.note}>{words('models.none')}</p> : null}
      {run.models.map((model) => (
        <div key={model.id} className={css.modelLine}>
          <ModelIcon aria-hidden />
          <span>{model.name}</span>
          {model.registered.map((version) => (
            <span key={`${version.name} ${version.version}`} className={css.version}>
              <Link
                to={addresses.object(project, 'models', version.name)}
                search={{ version: String(version.version) }}
              >
                {version.name}
              </Link>
              <Tag>v{version.version}</Tag>
            </span>
          ))}
        </div>
      ))}
      {registering ? <RegisterDialog run={run} project={project} onClose={() => setRegistering(false)} /> : null}
    </Section>
  )
}

/** From its data to what was made of it, as far as it was logged. */
function lineageOf(run: Run, project: string): LineageNode[] {
  return [
    ...run.datasets.map((dataset) => ({
      icon: DataIcon,
      name: dataset.name,
      facts: [dataset.context, dataset.digest].filter(Boolean).join(', '),
    })),
    { icon: ExperimentIcon, name: words('lineage.this'), current: true },
    ...run.models.flatMap((model): LineageNode[] =>
      model.registered.length === 0
        ? [{ icon: ModelIcon, name: model.name, facts: words('lineage.logged'), loose: true }]
        : model.registered.map((version) => ({
            icon: ModelIcon,
            name: version.name,
            to: addresses.object(project, 'models', version.name),
            facts: `v${version.version}`,
          })),
    ),
  ]
}
