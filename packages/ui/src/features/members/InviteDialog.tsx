import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Role } from '@mllab/sdk'
import { Field, FieldRow } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { OnceDialog } from '../../components/OnceDialog.tsx'
import { NumberInput } from '../../components/Input.tsx'
import { useApi } from '../../lib/api.ts'
import { fieldError, otherError } from '../../lib/problem.ts'
import { members } from '../../text/en/members.ts'
import { pageText } from '../../text/t.ts'
import { invitationsQuery } from './members.queries.ts'
import { RoleSelect } from './RoleSelect.tsx'

const t = pageText(members)

/** Makes a link by which one person joins; it is shown once. */
export function InviteDialog({ project, onClose }: { project: string; onClose: () => void }) {
  const api = useApi()
  const queries = useQueryClient()
  const [role, setRole] = useState<Role>('editor')
  const [days, setDays] = useState<number | null>(7)
  const make = useMutation({
    mutationFn: () =>
      api.projects.invite({ params: { project }, body: { role, ...(days === null ? {} : { expiresInDays: days }) } }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: invitationsQuery(api, project).queryKey }),
  })
  if (make.data) {
    return (
      <OnceDialog
        title={t('invite.make')}
        lead={t('invite.ready')}
        label={t('invite.link')}
        value={make.data.url}
        done={t('invite.done')}
        onClose={onClose}
      />
    )
  }
  return (
    <FormDialog
      onClose={onClose}
      title={t('invite.make')}
      lead={t('invite.lead')}
      width={560}
      action={t('invite.submit')}
      busy={make.isPending}
      busyLabel={t('invite.busy')}
      onSubmit={() => make.mutate()}
      problem={otherError(make.error, ['expiresInDays', 'role'])}
    >
      <FieldRow>
        <Field label={t('members.role')} help={t(`role.${role}Help`)}>
          <RoleSelect value={role} onChange={setRole} />
        </Field>
        <Field label={t('invite.days')} error={fieldError(make.error, 'expiresInDays')}>
          <NumberInput value={days} onChange={setDays} min={1} max={30} unit={t('invite.daysUnit')} stepper />
        </Field>
      </FieldRow>
    </FormDialog>
  )
}
