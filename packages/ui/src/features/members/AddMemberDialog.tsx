import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { LabProblem, type Role } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field, FormStack } from '../../components/Field.tsx'
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
  const form = useId()
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
    if (username.trim() !== '' && !add.isPending) add.mutate()
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('members.add')}
      lead={t('members.addLead')}
      footer={
        <>
          {unknown ? <Button onClick={onInvite}>{t('invite.make')}</Button> : null}
          <Button variant="ghost" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button variant="primary" busy={add.isPending} busyLabel={t('members.adding')} type="submit" form={form}>
            {t('members.add')}
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
        </FormStack>
      </form>
    </Dialog>
  )
}
