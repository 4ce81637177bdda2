import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Button } from '../../components/Button.tsx'
import { Checkbox } from '../../components/Choice.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field, FormStack } from '../../components/Field.tsx'
import { PasswordInput, TextInput } from '../../components/Input.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { useApi } from '../../lib/api.ts'
import { fieldError, otherError, problemOf } from '../../lib/problem.ts'
import { admin as words } from '../../text/en/admin.ts'
import { pageText } from '../../text/t.ts'

const t = pageText(words)

export function AddUserDialog({ onClose }: { onClose: () => void }) {
  const api = useApi()
  const form = useId()
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
    if (username.trim() !== '' && password !== '' && !add.isPending) add.mutate()
  }
  const other = otherError(add.error, ['username', 'name', 'password'])
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('users.add')}
      lead={t('users.addLead')}
      footer={
        <>
          <Button variant="ghost" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button variant="primary" busy={add.isPending} busyLabel={t('users.adding')} type="submit" form={form}>
            {t('users.add')}
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
          {other ? <ProblemNotice problem={problemOf(other)} /> : null}
        </FormStack>
      </form>
    </Dialog>
  )
}
