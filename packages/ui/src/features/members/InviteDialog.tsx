import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Role } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field, FieldRow } from '../../components/Field.tsx'
import { NumberInput, TextInput } from '../../components/Input.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { CopyButton } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { fieldError, otherError, problemOf } from '../../lib/problem.ts'
import { members } from '../../text/en/members.ts'
import { pageText } from '../../text/t.ts'
import css from './Members.module.css'
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
      <Dialog
        open
        onClose={onClose}
        title={t('invite.make')}
        lead={t('invite.ready')}
        width={560}
        footer={
          <Button variant="primary" onClick={onClose}>
            {t('invite.done')}
          </Button>
        }
      >
        <Field label={t('invite.link')}>
          <TextInput
            mono
            readOnly
            value={make.data.url}
            onChange={() => undefined}
            onFocus={(event) => event.target.select()}
            unit={<CopyButton text={make.data.url} name={t('invite.link')} size="bare" />}
          />
        </Field>
      </Dialog>
    )
  }
  const other = otherError(make.error, ['expiresInDays', 'role'])
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('invite.make')}
      lead={t('invite.lead')}
      width={560}
      footer={
        <>
          <Button variant="ghost" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button variant="primary" busy={make.isPending} busyLabel={t('invite.busy')} onClick={() => make.mutate()}>
            {t('invite.submit')}
          </Button>
        </>
      }
    >
      <div className={css.fields}>
        <FieldRow>
          <Field label={t('members.role')} help={t(`role.${role}Help`)}>
            <RoleSelect value={role} onChange={setRole} />
          </Field>
          <Field label={t('invite.days')} error={fieldError(make.error, 'expiresInDays')}>
            <NumberInput value={days} onChange={setDays} min={1} max={30} unit={t('invite.daysUnit')} stepper />
          </Field>
        </FieldRow>
        {other ? <ProblemNotice problem={problemOf(other)} /> : null}
      </div>
    </Dialog>
  )
}
