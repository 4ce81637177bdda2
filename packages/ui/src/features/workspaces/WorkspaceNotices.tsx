import type { Workspace } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Notice, ProblemNotice } from '../../components/Notice.tsx'
import { problemOf } from '../../lib/problem.ts'
import { StateNotices } from '../workloads/StateNotices.tsx'
import { ExpiredNotice } from './LifeSection.tsx'
import { words } from './page-words.ts'
import { PendingNotice } from './settings/PendingNotice.tsx'
import { useWorkspace } from './workspace.queries.ts'
import css from './Workspace.module.css'

/** What needs somebody, each with the button that helps: expired, not cloned, secrets with new values. */
export function WorkspaceNotices({ workspace, project }: { workspace: Workspace; project: string }) {
  const { cloneAgain, restart } = useWorkspace(project, workspace.slug)
  const { git, state, can } = workspace
  const runs = state.status === 'running' || state.status === 'unhealthy'
  const changed = state.restartFor
  const error = cloneAgain.error ?? restart.error
  return (
    <div className={css.notices}>
      <ExpiredNotice workspace={workspace} project={project} />
      <StateNotices state={state} />
      {git?.status === 'failed' ? (
        <Notice
          tone="failed"
          action={
            can.includes('change') && runs ? (
              <Button
                size="sm"
                busy={cloneAgain.isPending}
                busyLabel={words('git.cloningAgain')}
                onClick={() => cloneAgain.mutate()}
              >
                {words('git.again')}
              </Button>
            ) : undefined
          }
        >
          {words('git.failedNotice', { reason: git.detail })}
        </Notice>
      ) : null}
      <PendingNotice workspace={workspace} restarting={restart.isPending} onRestart={() => restart.mutate()} />
      {runs && changed.length > 0 ? (
        <Notice
          tone="warn"
          action={
            can.includes('start') ? (
              <Button
                size="sm"
                busy={restart.isPending}
                busyLabel={words('restarting')}
                onClick={() => restart.mutate()}
              >
                {words('restart')}
              </Button>
            ) : undefined
          }
        >
          {words('secrets.changed', { n: changed.length, names: changed.join(', ') })}
        </Notice>
      ) : null}
      {error ? <ProblemNotice problem={problemOf(error)} /> : null}
    </div>
  )
}
