import type { Workspace } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Facts, PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { StatusPill } from '../../components/Status.tsx'
import { problemOf } from '../../lib/problem.ts'
import { StartProgress } from '../workloads/StartProgress.tsx'
import { words as shared } from '../workloads/words.ts'
import { words } from './page-words.ts'
import { WorkspaceLog } from './WorkspaceLog.tsx'
import { useWorkspaceActions } from './workspaces.queries.ts'

/** A start as it goes, in the middle of the page. Those that open by themselves say so. */
export function StartingWorkspace({
  workspace,
  project,
  opens,
}: {
  workspace: Workspace
  project: string
  opens: boolean
}) {
  const { stop } = useWorkspaceActions(project)
  const { status, image, steps } = workspace.state
  const opening = opens && status === 'running'
  const last = {
    name: shared('step.open'),
    status: opening ? ('current' as const) : ('pending' as const),
    facts: shared('step.thisTab'),
  }
  return (
    <PageLayout centred>
      <PageHeader
        title={workspace.name}
        beside={<StatusPill status={status} {...(opening ? { word: words('opening') } : {})} />}
        actions={
          workspace.can.includes('stop') && status === 'starting' ? (
            <Button busy={stop.isPending} busyLabel={words('cancelling')} onClick={() => stop.mutate(workspace.slug)}>
              {words('cancelStart')}
            </Button>
          ) : undefined
        }
        below={<Facts>{[image, opens ? words('opens') : null]}</Facts>}
      />
      <PageBody>
        {stop.error ? <ProblemNotice problem={problemOf(stop.error)} /> : null}
        <StartProgress name={workspace.name} steps={steps} {...(opens ? { last } : {})} />
        <WorkspaceLog workspace={workspace} project={project} />
      </PageBody>
    </PageLayout>
  )
}
