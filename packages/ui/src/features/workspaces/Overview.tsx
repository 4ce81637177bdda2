import type { ReactNode } from 'react'
import type { Workspace } from '@mllab/sdk'
import { Notice } from '../../components/Notice.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { FailedSection } from '../workloads/FailedSection.tsx'
import { failedWays } from '../workloads/failed-ways.tsx'
import { isMeasured } from '../workloads/usage.queries.ts'
import { UsageCharts } from '../workloads/UsageCharts.tsx'
import { words } from './page-words.ts'
import { WorkspaceLog } from './WorkspaceLog.tsx'

/** What it does now: its use and its log, or why it failed. */
export function Overview({
  workspace,
  project,
  startAgain,
}: {
  workspace: Workspace
  project: string
  startAgain: ReactNode
}) {
  const api = useApi()
  const { state, can } = workspace
  const log = can.includes('logs') ? <WorkspaceLog workspace={workspace} project={project} /> : null
  return (
    <>
      {state.status === 'failed' ? (
        <FailedSection
          state={state}
          log={log}
          ways={failedWays(state, {
            startAgain: can.includes('start') ? startAgain : null,
            newForm: { to: addresses.section(project, 'workspaces') },
          })}
        />
      ) : null}
      {state.status === 'stopped' ? <Notice tone="plain">{words('stopped.text')}</Notice> : null}
      {can.includes('open') ? null : <Notice tone="plain">{words('foreign', { name: workspace.owner.name })}</Notice>}
      {isMeasured(state.status) ? (
        <UsageCharts
          project={project}
          id={workspace.id}
          read={(signal) =>
            api.workspaces.usage({ params: { project, workspace: workspace.slug }, query: {} }, { signal })
          }
        />
      ) : null}
      {state.status === 'failed' ? null : log}
    </>
  )
}
