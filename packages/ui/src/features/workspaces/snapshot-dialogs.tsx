import { useState } from 'react'
import type { Workspace, WorkspaceSnapshot } from '@mllab/sdk'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { TextInput } from '../../components/Input.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { useSay } from '../../components/Toast.tsx'
import { format } from '../../lib/format.ts'
import { fieldError, otherError, problemOf } from '../../lib/problem.ts'
import { words } from './page-words.ts'
import { useWorkspace } from './workspace.queries.ts'

interface Parts {
  workspace: Workspace
  project: string
  onClose: () => void
}

/** Asks for its name, which may stay empty. */
export function TakeSnapshot({ workspace, project, onClose }: Parts) {
  const [name, setName] = useState('')
  const { takeSnapshot } = useWorkspace(project, workspace.slug)
  const { error, isPending } = takeSnapshot
  return (
    <FormDialog
      onClose={onClose}
      title={words('snapshots.take')}
      lead={words('snapshots.lead')}
      action={words('snapshots.take')}
      busy={isPending}
      busyLabel={words('snapshots.taking')}
      onSubmit={() => takeSnapshot.mutate(name.trim() === '' ? {} : { name: name.trim() }, { onSuccess: onClose })}
      problem={otherError(error, ['name'])}
    >
      <Field label={words('snapshots.name')} help={words('snapshots.nameHelp')} error={fieldError(error, 'name')}>
        <TextInput value={name} onChange={setName} maxLength={100} autoComplete="off" />
      </Field>
    </FormDialog>
  )
}

/** Says what becomes of the files that are there now. */
export function RestoreSnapshot({
  workspace,
  project,
  snapshot,
  onClose,
  onBegun,
}: Parts & { snapshot: WorkspaceSnapshot; onBegun: (operation: string) => void }) {
  const { restoreSnapshot } = useWorkspace(project, workspace.slug)
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={words('snapshots.restoreTitle', { name: snapshot.name })}
      action={words('snapshots.restore')}
      busyLabel={words('snapshots.restoring')}
      onConfirm={async () => onBegun((await restoreSnapshot.mutateAsync(snapshot.id)).id)}
      error={restoreSnapshot.error ? <ProblemNotice problem={problemOf(restoreSnapshot.error)} /> : undefined}
    >
      <p>
        {words('snapshots.restoreText', {
          workspace: workspace.name,
          when: format.exact(Date.parse(snapshot.createdAt)),
        })}
      </p>
    </ConfirmDialog>
  )
}

export function DeleteSnapshot({ workspace, project, snapshot, onClose }: Parts & { snapshot: WorkspaceSnapshot }) {
  const { removeSnapshot } = useWorkspace(project, workspace.slug)
  const say = useSay()
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={words('snapshots.deleteTitle', { name: snapshot.name })}
      action={words('snapshots.delete')}
      busyLabel={words('snapshots.deleting')}
      onConfirm={async () => {
        await removeSnapshot.mutateAsync(snapshot.id)
        say({ text: words('snapshots.deleted', { name: snapshot.name }) })
      }}
      error={removeSnapshot.error ? <ProblemNotice problem={problemOf(removeSnapshot.error)} /> : undefined}
    >
      <p>{words('snapshots.deleteText')}</p>
    </ConfirmDialog>
  )
}
