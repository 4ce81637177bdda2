import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Workspace } from '@mllab/sdk'
import { IconButton } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import { CopyIcon, MoreIcon, PauseIcon, RestartIcon, TrashIcon, UpdateIcon } from '../../components/icons.ts'
import { Menu, type MenuItem } from '../../components/Menu.tsx'
import { useSay } from '../../components/Toast.tsx'
import { addresses } from '../../lib/address.ts'
import { problemOf } from '../../lib/problem.ts'
import { CopyDialog } from './CopyDialog.tsx'
import { words } from './page-words.ts'
import type { useWorkspace } from './workspace.queries.ts'
import { useWorkspaceActions } from './workspaces.queries.ts'

/** What is done with a workspace now and then: suspend, restart, update, copy, delete. */
export function WorkspaceMenu({
  workspace,
  project,
  actions,
  canSuspend,
}: {
  workspace: Workspace
  project: string
  actions: ReturnType<typeof useWorkspace>
  /** The runtime can. */
  canSuspend: boolean
}) {
  const [open, setOpen] = useState<'copy' | 'delete'>()
  const { remove, update } = useWorkspaceActions(project)
  const navigate = useNavigate()
  const say = useSay()
  const { can, state, life } = workspace
  const runs = state.status === 'running' || state.status === 'unhealthy'
  const close = () => setOpen(undefined)
  const items: MenuItem[] = [
    ...(runs && canSuspend && life.suspendedAt === null && can.includes('suspend')
      ? [{ label: words('suspend'), icon: PauseIcon, onSelect: () => actions.suspend.mutate() }]
      : []),
    ...(runs && can.includes('start')
      ? [{ label: words('restart'), icon: RestartIcon, onSelect: () => actions.restart.mutate() }]
      : []),
    ...(workspace.updateAvailable && can.includes('start')
      ? [{ label: words('update'), icon: UpdateIcon, onSelect: () => update.mutate(workspace.slug) }]
      : []),
    ...(can.includes('copy') ? [{ label: words('copy'), icon: CopyIcon, onSelect: () => setOpen('copy') }] : []),
    ...(can.includes('delete')
      ? [{ label: words('delete'), icon: TrashIcon, danger: true, onSelect: () => setOpen('delete') }]
      : []),
  ]
  if (items.length === 0) return null
  return (
    <>
      <Menu
        align="end"
        label={words('more')}
        items={items}
        trigger={(trigger) => <IconButton {...trigger} icon={MoreIcon} outline size="md" label={words('more')} />}
      />
      {open === 'copy' ? <CopyDialog workspace={workspace} project={project} onClose={close} /> : null}
      <ConfirmDialog
        open={open === 'delete'}
        onClose={close}
        title={words('deleteName', { name: workspace.name })}
        goesWithIt={words('deleteGoes')}
        typeName={workspace.slug}
        action={words('delete')}
        busyLabel={words('deleting')}
        error={remove.error ? problemOf(remove.error).detail : undefined}
        onConfirm={async () => {
          await remove.mutateAsync(workspace.slug)
          say({ text: words('deleted', { name: workspace.name }) })
          await navigate({ to: addresses.section(project, 'workspaces') })
        }}
      />
    </>
  )
}
