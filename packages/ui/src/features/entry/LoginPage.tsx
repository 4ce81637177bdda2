import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { LabProblem } from '@mllab/sdk'
import { Link } from '../../components/Link.tsx'
import { Notice } from '../../components/Notice.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { setupFactsQuery } from '../../lib/queries.ts'
import { one, type SearchParams } from '../../lib/search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { LoginForm } from '../../shell/LoginForm.tsx'
import { entry } from '../../text/en/entry.ts'
import { pageText } from '../../text/t.ts'
import { useEnter } from './enter.ts'
import css from './Entry.module.css'
import { EntryFrame } from './EntryFrame.tsx'

const t = pageText(entry)

/** `/app/login?to=…` */
export function LoginPage() {
  const api = useApi()
  const facts = useQuery(setupFactsQuery(api)).data
  const search: SearchParams = useSearch({ strict: false })
  const to = one(search, 'to')
  const enter = useEnter()
  const [error, setError] = useState<string>()
  useCrumbs([{ label: t('login.title') }])

  async function logIn(input: { username: string; password: string }) {
    setError(undefined)
    try {
      enter(await api.accounts.login({ body: input }), to)
    } catch (caught) {
      setError(sentenceOf(caught))
    }
  }
  return (
    <EntryFrame>
      {facts?.needed ? (
        <div className={css.notice}>
          <Notice tone="warn">{t('entry.notSetUp')}</Notice>
        </div>
      ) : null}
      <LoginForm
        host={location.host}
        onLogin={logIn}
        error={error}
        below={
          facts?.registration ? (
            <>
              {t('entry.noAccount')}{' '}
              <Link to={addresses.register} search={{ to }}>
                {t('entry.createAccount')}
              </Link>
            </>
          ) : facts ? (
            `${t('entry.noAccount')} ${t('entry.noRegistration')}`
          ) : undefined
        }
      />
    </EntryFrame>
  )
}

/** One line below the password: what is wrong and what to do. */
function sentenceOf(error: unknown): string {
  const problem = problemOf(error)
  const wrong = error instanceof LabProblem && error.code === 'WRONG_CREDENTIALS'
  return wrong ? `${problem.title}. ${problem.fix}` : `${problem.detail} ${problem.fix}`
}
