import type { User } from '@mllab/sdk'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { problemOf } from '../../lib/problem.ts'
import { admin } from '../../text/en/admin.ts'
import { pageText } from '../../text/t.ts'
import { useUserChange } from './use-user-change.ts'

const t = pageText(admin)

export function DisableDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const change = useUserChange()
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t('users.disableTitle', { name: user.name })}
      action={t('users.disable')}
      busyLabel={t('users.disabling')}
      onConfirm={() => change.mutateAsync({ id: user.id, status: 'disabled' })}
      error={change.error ? <ProblemNotice problem={problemOf(change.error)} /> : undefined}
    >
      <p>{t('users.disableText')}</p>
    </ConfirmDialog>
  )
}
