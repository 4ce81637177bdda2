import { useQuery } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { LabProblem, type Me } from '@mllab/sdk'
import { ButtonLink } from '../../components/Button.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { fieldError, otherError, problemOf } from '../../lib/problem.ts'
import { setupFactsQuery } from '../../lib/queries.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { ServerFacts, SetupForm, type SetupInput } from '../../shell/SetupForm.tsx'
import { entry } from '../../text/en/entry.ts'
import { pageText } from '../../text/t.ts'
import { useEnter } from './enter.ts'
import css from './Entry.module.css'
import { EntryFrame, EntryWord } from './EntryFrame.tsx'

const t = pageText(entry)

/** `/app/setup#secret`: the first administrator, and if wanted the first project. */
export function SetupPage() {
  const facts = useQuery(setupFactsQuery(useApi()))
  const secret = useLocation({ select: ({ hash }) => hash })
  const setUp = useSetUp(secret)
  useCrumbs([{ label: t('setup.title') }])

  if (facts.error)
    return (
      <EntryFrame>
        <ProblemNotice problem={problemOf(facts.error)} />
      </EntryFrame>
    )
  if (!facts.data) return <EntryFrame>{null}</EntryFrame>
  if (!facts.data.needed || codeOf(setUp.error) === 'SETUP_DONE') return <SetUpAlready />
  if (secret === '' || codeOf(setUp.error) === 'NOT_FOUND') {
    const kind = secret === '' ? 'entry.noSecret' : 'entry.wrongSecret'
    return (
      <EntryFrame>
        <EntryWord title={t(kind)}>{t(`${kind}Detail`)}</EntryWord>
      </EntryFrame>
    )
  }
  const other = otherError(setUp.error, ['username', 'password', 'name'])
  return (
    <EntryFrame beside={<ServerFacts facts={facts.data.facts} />}>
      {other ? (
        <div className={css.notice}>
          <ProblemNotice problem={problemOf(other)} />
        </div>
      ) : null}
      <SetupForm
        offerExample={false}
        onSetup={setUp.run}
        errors={{
          username: fieldError(setUp.error, 'username'),
          password: fieldError(setUp.error, 'password'),
          project: fieldError(setUp.error, 'name'),
        }}
      />
    </EntryFrame>
  )
}

function SetUpAlready() {
  return (
    <EntryFrame>
      <EntryWord
        title={t('entry.setupDone')}
        action={
          <ButtonLink to={addresses.login} variant="primary">
            {t('login.submit')}
          </ButtonLink>
        }
      >
        {t('entry.setupDoneDetail')}
      </EntryWord>
    </EntryFrame>
  )
}

/** Creates the administrator, then the project. If only the project fails, the next try makes only the project. */
function useSetUp(secret: string) {
  const api = useApi()
  const enter = useEnter()
  const administrator = useRef<Me>(undefined)
  const [error, setError] = useState<unknown>()
  const run = async ({ username, password, project }: SetupInput) => {
    setError(undefined)
    try {
      administrator.current ??= await api.accounts.setup({ body: { secret, username, password } })
      const name = project.trim()
      const created = name === '' ? undefined : await api.projects.create({ body: { name } })
      enter(
        administrator.current,
        created && `${location.pathname.replace(/\/setup$/, '')}${addresses.project(created.slug)}`,
      )
    } catch (caught) {
      setError(caught)
    }
  }
  return { run, error }
}

const codeOf = (error: unknown) => (error instanceof LabProblem ? error.code : undefined)
