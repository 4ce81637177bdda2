import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { LabProblem, type Me } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Field } from '../../components/Field.tsx'
import { PasswordInput } from '../../components/Input.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { useSay } from '../../components/Toast.tsx'
import { useApi } from '../../lib/api.ts'
import { fieldError, problemOf } from '../../lib/problem.ts'
import { account } from '../../text/en/account.ts'
import { pageText } from '../../text/t.ts'
import css from './Account.module.css'

const t = pageText(account)

export function PasswordSection({ me }: { me: Me }) {
  const api = useApi()
  const queries = useQueryClient()
  const say = useSay()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const change = useMutation({
    mutationFn: () => api.accounts.changePassword({ body: { current, next } }),
    onSuccess: () => {
      setCurrent('')
      setNext('')
      say({ text: t('account.changed') })
      void queries.invalidateQueries({ queryKey: ['sessions'] })
    },
  })
  const code = change.error instanceof LabProblem ? change.error.code : undefined
  const nextError = fieldError(change.error, 'next') ?? fieldError(change.error, 'password')
  const elsewhere = change.error && code !== 'WRONG_CREDENTIALS' && nextError === undefined
  return (
    <Section title={t('account.password')}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (!change.isPending) change.mutate()
        }}
      >
        {/* Password managers want to know whose password it is. */}
        <input type="text" name="username" autoComplete="username" value={me.username} readOnly hidden />
        <Field label={t('account.current')} error={code === 'WRONG_CREDENTIALS' ? t('account.wrong') : undefined}>
          <PasswordInput value={current} onChange={setCurrent} required />
        </Field>
        <Field label={t('account.next')} help={t('account.changeHelp')} error={nextError}>
          <PasswordInput value={next} onChange={setNext} autoComplete="new-password" minLength={8} required />
        </Field>
        {elsewhere ? <ProblemNotice problem={problemOf(change.error)} /> : null}
        <div>
          <Button type="submit" busy={change.isPending} busyLabel={t('account.changing')}>
            {t('account.change')}
          </Button>
        </div>
      </form>
    </Section>
  )
}
