import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Checkbox } from '../../components/Choice.tsx'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { PasswordInput, TextInput } from '../../components/Input.tsx'
import { useApi } from '../../lib/api.ts'
import { fieldError, otherError } from '../../lib/problem.ts'
import { admin as words } from '../../text/en/admin.ts'
import { pageText } from '../../text/t.ts'

const t = pageText(words)

export function AddUserDialog({ onClose }: { onClose: () => void }) {
  const api = useApi()
  const queries = useQueryClient()
  const [username, setUsername] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [admin, setAdmin] = useState(false)
  const add = useMutation({
    mutationFn: () =>
      api.accounts.createUser({
        body: { username: username.trim(), password, admin, ...(name.trim() === '' ? {} : { name }) },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['users'] })
      onClose()
    },
  })
  const submit = () => {
    if (username.trim() !== '' && password !== '') add.mutate()
  }
  return (
    <FormDialog
      onClose={onClose}
      title={t('users.add')}
      lead={t('users.addLead')}
      action={t('users.add')}
      busy={add.isPending}
      busyLabel={t('users.adding')}
      onSubmit={submit}
      problem={otherError(add.error, ['username', 'name', 'password'])}
    >
      <Field label={t('users.username')} help={t('users.usernameHelp')} error={fieldError(add.error, 'username')}>
        <TextInput
          value={username}
          onChange={setUsername}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          required
        />
      </Field>
      <Field label={t('users.displayName')} aside={t('users.optional')} error={fieldError(add.error, 'name')}>
        <TextInput value={name} onChange={setName} autoComplete="off" maxLength={100} />
      </Field>
      <Field label={t('users.password')} help={t('setup.passwordHelp')} error={fieldError(add.error, 'password')}>
        <PasswordInput value={password} onChange={setPassword} autoComplete="new-password" required />
      </Field>
      <Checkbox checked={admin} onChange={setAdmin} label={t('users.makeAdmin')} help={t('users.makeAdminHelp')} />
    </FormDialog>
  )
}
