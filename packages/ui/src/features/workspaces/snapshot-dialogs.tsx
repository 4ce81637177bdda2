import { useId, useState } from 'react'
import type { Workspace, WorkspaceSnapshot } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field, FormStack } from '../../components/Field.tsx'
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
  const form = useId()
  const [name, setName] = useState('')
  const { takeSnapshot } = useWorkspace(project, workspace.slug)
  const { error, isPending } = takeSnapshot
  const submit = () => {
    if (!isPending) takeSnapshot.mutate(name.trim() === '' ? {} : { name: name.trim() }, { onSuccess: onClose })
  }
  const other = otherError(error, ['name'])
  return (
    <Dialog
      open
      onClose={onClose}
      title={words('snapshots.take')}
      lead={words('snapshots.lead')}
      footer={
        <>
          <Button variant="ghost" onClick={onClose}>
            {words('common.cancel')}
          </Button>
          <Button type="submit" form={form} variant="primary" busy={isPending} busyLabel={words('snapshots.taking')}>
            {words('snapshots.take')}
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <FormStack>
          <Field label={words('snapshots.name')} help={words('snapshots.nameHelp')} error={fieldError(error, 'name')}>
            <TextInput value={name} onChange={setName} maxLength={100} autoComplete="off" />
          </Field>
          {other ? <ProblemNotice problem={problemOf(other)} /> : null}
        </FormStack>
      </form>
    </Dialog>
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
