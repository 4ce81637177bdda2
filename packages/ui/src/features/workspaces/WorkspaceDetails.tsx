import type { Workspace } from '@mllab/sdk'
import { Link } from '../../components/Link.tsx'
import { Person, Tag } from '../../components/Marks.tsx'
import { Aside, Section } from '../../components/Page.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { StatusText } from '../../components/Status.tsx'
import { CopyId, PathValue, RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { stateFacts } from '../workloads/state-facts.tsx'
import { words as shared } from '../workloads/words.ts'
import { LifeSection } from './LifeSection.tsx'
import { words } from './page-words.ts'

/** Facts of a workspace, beside its page. */
export function WorkspaceDetails({ workspace, project }: { workspace: Workspace; project: string }) {
  const { datasets, secrets, git } = workspace
  const variables = Object.keys(workspace.env)
  return (
    <Aside label={words('tab.details')}>
      <Section>
        <PropertyList
          properties={[
            { name: shared('fact.id'), value: <CopyId value={workspace.id} /> },
            { name: shared('fact.owner'), value: <Person name={workspace.owner.name} /> },
            { name: shared('fact.created'), value: <RelativeTime at={Date.parse(workspace.createdAt)} /> },
            ...(workspace.profile === null
              ? []
              : [{ name: words('new.profile'), value: <code>{workspace.profile.slug}</code> }]),
            ...stateFacts(workspace.state),
          ]}
        />
      </Section>
      <LifeSection workspace={workspace} project={project} />
      {git ? <GitFacts git={git} /> : null}
      {datasets.length > 0 ? (
        <Section title={words('datasets.title')}>
          <PropertyList
            properties={datasets.map(({ name, version, path }) => ({
              name: path,
              value: (
                <>
                  <Link to={addresses.object(project, 'data', name)}>{name}</Link> <Tag>v{version}</Tag>
                </>
              ),
            }))}
          />
        </Section>
      ) : null}
      {secrets.length > 0 ? (
        <Section title={words('secrets.title')}>
          <PropertyList
            properties={secrets.map((use) => ({
              name: use.name,
              value:
                use.file === undefined
                  ? words('secrets.variable', { name: use.env ?? use.name })
                  : words('secrets.file', { name: use.file }),
            }))}
          />
        </Section>
      ) : null}
      {variables.length > 0 ? (
        <Section title={words('variables.title')}>
          <PropertyList properties={variables.map((name) => ({ name, value: workspace.env[name] }))} />
        </Section>
      ) : null}
      <Section title={words('files')}>
        <p>{words('filesText')}</p>
      </Section>
    </Aside>
  )
}

const gitStates = { waiting: 'stopped', cloning: 'starting', done: 'finished', failed: 'failed' } as const

function GitFacts({ git }: { git: NonNullable<Workspace['git']> }) {
  return (
    <Section title={words('git.title')}>
      <PropertyList
        properties={[
          { name: words('git.address'), value: <PathValue path={git.url} /> },
          ...(git.branch === undefined ? [] : [{ name: words('git.branch'), value: <code>{git.branch}</code> }]),
          ...(git.path === undefined ? [] : [{ name: words('git.folder'), value: <code>{git.path}</code> }]),
          {
            name: words('git.state'),
            value: <StatusText status={gitStates[git.status]}>{words(`git.${git.status}`)}</StatusText>,
          },
        ]}
      />
    </Section>
  )
}
