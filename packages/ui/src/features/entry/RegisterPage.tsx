import { useMutation, useQuery } from '@tanstack/react-query'
import { useLocation, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { LabProblem } from '@mllab/sdk'
import { Button, ButtonLink } from '../../components/Button.tsx'
import { Field, FormStack } from '../../components/Field.tsx'
import { PasswordInput, TextInput } from '../../components/Input.tsx'
import { Link } from '../../components/Link.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { addresses, appPath } from '../../lib/address.ts'
import { type LabApi, useApi } from '../../lib/api.ts'
import { set } from '../../lib/pages.ts'
import { fieldError, otherError, problemOf } from '../../lib/problem.ts'
import { setupFactsQuery } from '../../lib/queries.ts'
import { one, type SearchParams } from '../../lib/search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { entry } from '../../text/en/entry.ts'
import { pageText } from '../../text/t.ts'
import { useEnter } from './enter.ts'
import css from './Entry.module.css'
import { EntryFrame, EntryWord } from './EntryFrame.tsx'
import { invitationQuery, joinPath } from './invitation.ts'

const t = pageText(entry)

/**
 * `/app/register?to=…`: an account of one's own, where the server allows that. `/app/register#secret`: who is invited may always make one,
 * and is in the project with it.
 */
export function RegisterPage() {
  const api = useApi()
  const facts = useQuery(setupFactsQuery(api)).data
  const search: SearchParams = useSearch({ strict: false })
  const invitation = useLocation({ select: ({ hash }) => hash })
  const offer = useQuery(invitationQuery(api, invitation)).data
  const to = invitation === '' ? one(search, 'to') : joinPath(invitation)
  const enter = useEnter()
  const [username, setUsername] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const register = useMutation({
    mutationFn: async () => {
      const body = {
        username,
        password,
        ...set({ name: name.trim() || undefined, invitation: invitation || undefined }),
      }
      const me = await api.accounts.register({ body })
      return { me, project: invitation === '' ? null : await takeInvitation(api, invitation) }
    },
    onSuccess: ({ me, project }) => enter(me, project === null ? to : appPath() + addresses.project(project).slice(1)),
  })
  useCrumbs([{ label: t('register.title') }])

  if (!facts) return <EntryFrame>{null}</EntryFrame>
  if (!facts.registration && invitation === '') {
    return (
      <EntryFrame>
        <EntryWord
          title={t('register.closed')}
          action={
            <ButtonLink to={addresses.login} search={{ to }}>
              {t('login.submit')}
            </ButtonLink>
          }
        >
          {t('register.closedDetail')}
        </EntryWord>
      </EntryFrame>
    )
  }
  const other = otherError(register.error, ['username', 'name', 'password'])
  return (
    <EntryFrame>
      <h1>{t('register.title')}</h1>
      <p className={css.lead}>
        {offer ? t('register.invited', { name: offer.invitedBy, project: offer.project }) : location.host}
      </p>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (!register.isPending) register.mutate()
        }}
      >
        <FormStack>
          <Field
            label={t('login.user')}
            help={t('register.usernameHelp')}
            error={fieldError(register.error, 'username')}
          >
            <TextInput
              value={username}
              onChange={setUsername}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
            />
          </Field>
          <Field
            label={t('register.name')}
            aside={t('setup.optional')}
            help={t('register.nameHelp')}
            error={fieldError(register.error, 'name')}
          >
            <TextInput value={name} onChange={setName} autoComplete="name" />
          </Field>
          <Field
            label={t('login.password')}
            help={t('setup.passwordHelp')}
            error={fieldError(register.error, 'password')}
          >
            <PasswordInput value={password} onChange={setPassword} autoComplete="new-password" minLength={8} required />
          </Field>
          {other ? <ProblemNotice problem={problemOf(other)} /> : null}
          <Button type="submit" variant="primary" wide busy={register.isPending} busyLabel={t('register.busy')}>
            {offer ? t('register.submitJoin', { project: offer.project }) : t('register.submit')}
          </Button>
        </FormStack>
      </form>
      <p className={css.below}>
        {t('register.haveOne')}{' '}
        <Link to={addresses.login} search={{ to }}>
          {t('login.submit')}
        </Link>
      </p>
    </EntryFrame>
  )
}

/** Slug of the project that was joined; null when the invitation stopped counting meanwhile: its page then says so. */
async function takeInvitation(api: LabApi, secret: string): Promise<string | null> {
  try {
    return (await api.projects.acceptInvitation({ body: { secret } })).slug
  } catch (error) {
    if (error instanceof LabProblem) return null
    throw error
  }
}
