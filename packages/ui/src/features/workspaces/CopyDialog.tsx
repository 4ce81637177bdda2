import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Workspace, WorkspaceSnapshot } from '@mllab/sdk'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { TextInput } from '../../components/Input.tsx'
import { addresses } from '../../lib/address.ts'
import { fieldError, otherError } from '../../lib/problem.ts'
import { words } from './page-words.ts'
import { useWorkspace } from './workspace.queries.ts'

/** Another workspace with the same files, or with those of a snapshot; then its page. */
export function CopyDialog({
  workspace,
  snapshot,
  project,
  onClose,
}: {
  workspace: Workspace
  snapshot?: WorkspaceSnapshot
  project: string
  onClose: () => void
}) {
  const navigate = useNavigate()
  const [name, setName] = useState(`${workspace.name} 2`)
  const { copy } = useWorkspace(project, workspace.slug)
  const submit = () => {
    const body = {
      ...(name.trim() === '' ? {} : { name: name.trim() }),
      ...(snapshot === undefined ? {} : { snapshot: snapshot.id }),
    }
    copy.mutate(body, {
      onSuccess: (made) => void navigate({ to: addresses.object(project, 'workspaces', made.slug) }),
    })
  }
  return (
    <FormDialog
      onClose={onClose}
      title={words('copy.title', { name: workspace.name })}
      lead={
        snapshot === undefined
          ? words('copy.lead')
          : words('copy.leadSnapshot', { snapshot: snapshot.name, name: workspace.name })
      }
      action={words('copy.action')}
      busy={copy.isPending}
      busyLabel={words('copy.busy')}
      onSubmit={submit}
      problem={otherError(copy.error, ['name', 'slug'])}
    >
      <Field label={words('copy.name')} error={fieldError(copy.error, 'name') ?? fieldError(copy.error, 'slug')}>
        <TextInput value={name} onChange={setName} maxLength={100} autoComplete="off" spellCheck={false} />
      </Field>
    </FormDialog>
  )
}
