import type { Workspace, WorkspaceTool } from '@mllab/sdk'
import { Button, ButtonLink, type ButtonLook } from '../../components/Button.tsx'
import { ExternalIcon } from '../../components/icons.ts'
import { addresses, routerBase } from '../../lib/address.ts'
import { words } from './words.ts'

/** Goes into a running workspace in a tab of its own, which shares nothing with this one. */
export function openWorkspace(workspace: Workspace) {
  window.open(workspace.url, '_blank', 'noopener')
}

/** What it can be opened with beside JupyterLab. */
export const otherTools = ({ tools }: Workspace) => tools.slice(1)

/** Goes into one of its other tools; where that is missing, through a page that fetches it. */
export function openTool(workspace: Workspace, project: string, tool: WorkspaceTool) {
  const page = routerBase() + addresses.object(project, 'workspaces', workspace.slug)
  const url = tool.state === 'ready' ? tool.url : `${page}?open=${tool.name}`
  window.open(url, '_blank', 'noopener')
}

/** The one thing to do with a workspace in its row: open it, watch it start, or start it. */
export function WorkspaceAction({
  workspace,
  project,
  size = 'sm',
  starting,
  onStart,
}: {
  workspace: Workspace
  project: string
  size?: ButtonLook['size']
  starting: boolean
  onStart: () => void
}) {
  const { status } = workspace.state
  if (status === 'starting')
    return (
      <ButtonLink size={size} to={addresses.object(project, 'workspaces', workspace.slug)}>
        {words('watch')}
      </ButtonLink>
    )
  if (status === 'running' || status === 'unhealthy')
    return workspace.can.includes('open') ? (
      <Button size={size} iconAfter={ExternalIcon} onClick={() => openWorkspace(workspace)}>
        {words('open')}
      </Button>
    ) : null
  if (!workspace.can.includes('start')) return null
  return (
    <Button size={size} busy={starting} busyLabel={words('starting')} onClick={onStart}>
      {words('start')}
    </Button>
  )
}
