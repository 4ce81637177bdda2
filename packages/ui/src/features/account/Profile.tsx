import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Me } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Field } from '../../components/Field.tsx'
import { TextInput } from '../../components/Input.tsx'
import { Section } from '../../components/Page.tsx'
import { useSay } from '../../components/Toast.tsx'
import { useApi } from '../../lib/api.ts'
import { fieldError, problemOf } from '../../lib/problem.ts'
import { meQuery } from '../../lib/queries.ts'
import { account } from '../../text/en/account.ts'
import { pageText } from '../../text/t.ts'
import css from './Account.module.css'

const t = pageText(account)

export function Profile({ me }: { me: Me }) {
  const api = useApi()
  const queries = useQueryClient()
  const say = useSay()
  const [name, setName] = useState(me.name)
  const save = useMutation({
    mutationFn: () => api.accounts.updateMe({ body: { name } }),
    onSuccess: (changed) => {
      queries.setQueryData(meQuery(api).queryKey, { ...me, name: changed.name })
      say({ text: t('account.saved') })
    },
  })
  const error = save.error ? (fieldError(save.error, 'name') ?? problemOf(save.error).detail) : undefined
  return (
    <Section title={t('account.profile')}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '' && !save.isPending) save.mutate()
        }}
      >
        <Field label={t('account.name')} error={error}>
          <TextInput value={name} onChange={setName} maxLength={100} autoComplete="name" required />
        </Field>
        {name.trim() === me.name ? null : (
          <div>
            <Button type="submit" variant="primary" busy={save.isPending} busyLabel={t('account.saving')}>
              {t('account.save')}
            </Button>
          </div>
        )}
      </form>
    </Section>
  )
}
