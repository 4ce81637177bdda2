import type { Workspace } from '@mllab/sdk'
import { useApi } from '../../lib/api.ts'
import { WorkloadLog } from '../workloads/WorkloadLog.tsx'

/** The log of a workspace, for those who may read it. */
export function WorkspaceLog({ workspace, project }: { workspace: Workspace; project: string }) {
  const api = useApi()
  const { status, generation } = workspace.state
  if (!workspace.can.includes('logs')) return null
  return (
    <WorkloadLog
      name={workspace.slug}
      start={`${workspace.id} ${generation}`}
      live={status !== 'stopped' && status !== 'failed'}
      read={(query, signal) =>
        api.workspaces.logs({ params: { project, workspace: workspace.slug }, query }, { signal })
      }
    />
  )
}
