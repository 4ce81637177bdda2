import { useNavigate } from '@tanstack/react-router'
import { useId, useState } from 'react'
import type { Workspace, WorkspaceSnapshot } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field, FormStack } from '../../components/Field.tsx'
import { TextInput } from '../../components/Input.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { addresses } from '../../lib/address.ts'
import { fieldError, otherError, problemOf } from '../../lib/problem.ts'
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
  const form = useId()
  const navigate = useNavigate()
  const [name, setName] = useState(`${workspace.name} 2`)
  const { copy } = useWorkspace(project, workspace.slug)
  const submit = () => {
    if (copy.isPending) return
    const body = {
      ...(name.trim() === '' ? {} : { name: name.trim() }),
      ...(snapshot === undefined ? {} : { snapshot: snapshot.id }),
    }
    copy.mutate(body, {
      onSuccess: (made) => void navigate({ to: addresses.object(project, 'workspaces', made.slug) }),
    })
  }
  const other = otherError(copy.error, ['name', 'slug'])
  return (
    <Dialog
      open
      onClose={onClose}
      title={words('copy.title', { name: workspace.name })}
      lead={
        snapshot === undefined
          ? words('copy.lead')
          : words('copy.leadSnapshot', { snapshot: snapshot.name, name: workspace.name })
      }
      footer={
        <>
          <Button variant="ghost" onClick={onClose}>
            {words('common.cancel')}
          </Button>
          <Button type="submit" form={form} variant="primary" busy={copy.isPending} busyLabel={words('copy.busy')}>
            {words('copy.action')}
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
          <Field label={words('copy.name')} error={fieldError(copy.error, 'name') ?? fieldError(copy.error, 'slug')}>
            <TextInput value={name} onChange={setName} maxLength={100} autoComplete="off" spellCheck={false} />
          </Field>
          {other ? <ProblemNotice problem={problemOf(other)} /> : null}
        </FormStack>
      </form>
    </Dialog>
  )
}
