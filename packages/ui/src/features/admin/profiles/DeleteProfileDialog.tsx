import type { WorkspaceProfile } from '@mllab/sdk'
import { ConfirmDialog } from '../../../components/ConfirmDialog.tsx'
import { ProblemNotice } from '../../../components/Notice.tsx'
import { problemOf } from '../../../lib/problem.ts'
import { useProfileActions } from './profiles.queries.ts'
import { words } from './words.ts'

interface DeleteProfileDialogProps {
  profile: WorkspaceProfile
  onClose: () => void
  onDone: () => void
}

export function DeleteProfileDialog({ profile, onClose, onDone }: DeleteProfileDialogProps) {
  const { remove } = useProfileActions()
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={words('delete.title', { name: profile.name })}
      action={words('delete.action')}
      busyLabel={words('delete.busy')}
      onConfirm={async () => {
        await remove.mutateAsync(profile.slug)
        onDone()
      }}
      error={remove.error ? <ProblemNotice problem={problemOf(remove.error)} /> : undefined}
    >
      <p>{words('delete.text')}</p>
    </ConfirmDialog>
  )
}
