import { useId, useState } from 'react'
import type { User } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { PasswordInput } from '../../components/Input.tsx'
import { fieldError, problemOf } from '../../lib/problem.ts'
import { admin } from '../../text/en/admin.ts'
import { pageText } from '../../text/t.ts'
import { useUserChange } from './use-user-change.ts'

const t = pageText(admin)

export function PasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const form = useId()
  const [password, setPassword] = useState('')
  const change = useUserChange()
  const submit = () => {
    if (password !== '' && !change.isPending) change.mutate({ id: user.id, password }, { onSuccess: onClose })
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('users.passwordFor', { name: user.name })}
      lead={t('users.passwordLead')}
      footer={
        <>
          <Button variant="ghost" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button
            variant="primary"
            busy={change.isPending}
            busyLabel={t('users.settingPassword')}
            type="submit"
            form={form}
          >
            {t('users.setPassword')}
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
        <Field
          label={t('users.password')}
          help={t('setup.passwordHelp')}
          error={change.error ? (fieldError(change.error, 'password') ?? problemOf(change.error).detail) : undefined}
        >
          <PasswordInput value={password} onChange={setPassword} autoComplete="new-password" required />
        </Field>
      </form>
    </Dialog>
  )
}
