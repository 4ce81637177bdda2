import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { User } from '@mllab/sdk'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { admin } from '../../text/en/admin.ts'
import { pageText } from '../../text/t.ts'

const t = pageText(admin)

export function DeleteDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const api = useApi()
  const queries = useQueryClient()
  const remove = useMutation({
    mutationFn: () => api.accounts.removeUser({ params: { id: user.id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['users'] }),
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t('users.deleteTitle', { name: user.name })}
      typeName={user.username}
      goesWithIt={t('users.deleteGoes')}
      action={t('users.delete')}
      busyLabel={t('users.deleting')}
      onConfirm={() => remove.mutateAsync()}
      error={remove.error ? <ProblemNotice problem={problemOf(remove.error)} /> : undefined}
    >
      <p>{t('users.deleteText')}</p>
    </ConfirmDialog>
  )
}
