import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button } from '../../components/Button.tsx'
import { WorkspaceIcon } from '../../components/icons.ts'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'

/** The default workspace of the reader: whether there is one or may be, and how it is opened. */
export function useOwnWorkspace() {
  const api = useApi()
  const navigate = useNavigate()
  const own = useQuery({
    queryKey: ['own-workspace'],
    queryFn: ({ signal }) => api.personal.workspace({}, { signal }),
    meta: { live: ['workspace', 'workspace-rules'] },
  }).data
  const open = useMutation({
    mutationFn: () => api.personal.openWorkspace({ body: {} }),
    onSuccess: ({ project, workspace }) =>
      navigate({ to: addresses.object(project, 'workspaces', workspace.slug), search: { open: '1' } }),
  })
  return { offered: own !== undefined && (own.workspace !== null || own.allowance.kinds !== 'none'), open }
}

interface OwnWorkspaceButtonProps {
  own: ReturnType<typeof useOwnWorkspace>
  label: string
  busyLabel: string
  variant?: 'primary' | 'outline'
}

export function OwnWorkspaceButton({ own, label, busyLabel, variant = 'outline' }: OwnWorkspaceButtonProps) {
  if (!own.offered) return null
  return (
    <Button
      variant={variant}
      icon={WorkspaceIcon}
      busy={own.open.isPending}
      busyLabel={busyLabel}
      onClick={() => own.open.mutate()}
    >
      {label}
    </Button>
  )
}
