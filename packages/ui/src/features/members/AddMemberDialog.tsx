import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { LabProblem, type Role } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { TextInput } from '../../components/Input.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { membersQuery } from '../../lib/queries.ts'
import { members } from '../../text/en/members.ts'
import { pageText } from '../../text/t.ts'
import { RoleSelect } from './RoleSelect.tsx'

const t = pageText(members)

interface AddMemberProps {
  project: string
  onClose: () => void
  onInvite: () => void
}

export function AddMemberDialog({ project, onClose, onInvite }: AddMemberProps) {
  const api = useApi()
  const queries = useQueryClient()
  const [username, setUsername] = useState('')
  const [role, setRole] = useState<Role>('editor')
  const add = useMutation({
    mutationFn: () =>
      api.projects.setMember({ params: { project, username: username.trim().toLowerCase() }, body: { role } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: membersQuery(api, project).queryKey })
      onClose()
    },
  })
  const unknown = add.error instanceof LabProblem && add.error.code === 'NOT_FOUND'
  const submit = () => {
    if (username.trim() !== '') add.mutate()
  }
  return (
    <FormDialog
      onClose={onClose}
      title={t('members.add')}
      lead={t('members.addLead')}
      action={t('members.add')}
      busy={add.isPending}
      busyLabel={t('members.adding')}
      onSubmit={submit}
      aside={unknown ? <Button onClick={onInvite}>{t('invite.make')}</Button> : null}
    >
      <Field
        label={t('members.username')}
        error={unknown ? t('members.unknown') : add.error ? problemOf(add.error).detail : undefined}
      >
        <TextInput
          value={username}
          onChange={setUsername}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          required
        />
      </Field>
      <Field label={t('members.role')}>
        <RoleSelect value={role} onChange={setRole} />
      </Field>
    </FormDialog>
  )
}
