import type { Workspace } from '@mllab/sdk'
import { Person } from '../../components/Marks.tsx'
import { Aside, Section } from '../../components/Page.tsx'
import { stateFacts } from '../workloads/state-facts.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { CopyId, RelativeTime } from '../../components/Values.tsx'
import { words as shared } from '../workloads/words.ts'
import { words } from './words.ts'

/** Facts of a workspace, beside its page. */
export function WorkspaceDetails({ workspace }: { workspace: Workspace }) {
  return (
    <Aside label={words('tab.details')}>
      <Section>
        <PropertyList
          properties={[
            { name: shared('fact.id'), value: <CopyId value={workspace.id} /> },
            { name: shared('fact.owner'), value: <Person name={workspace.owner.name} /> },
            { name: shared('fact.created'), value: <RelativeTime at={Date.parse(workspace.createdAt)} /> },
            ...stateFacts(workspace.state),
          ]}
        />
      </Section>
      <Section title={words('files')}>
        <p>{words('filesText')}</p>
      </Section>
    </Aside>
  )
}
