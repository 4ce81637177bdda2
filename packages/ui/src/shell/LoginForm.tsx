import { useState, type ReactNode } from 'react'
import { Button } from '../components/Button.tsx'
import { Field, FormStack } from '../components/Field.tsx'
import { KeyIcon } from '../components/icons.ts'
import { PasswordInput, TextInput } from '../components/Input.tsx'
import { t } from '../text/t.ts'
import css from './Forms.module.css'

export interface LoginFormProps {
  host: string
  /** The organisation, where it is known. */
  organisation?: string
  /** Single sign-on, when configured. */
  sso?: { name: string; href: string }
  onLogin: (input: { username: string; password: string }) => Promise<unknown>
  /** What is wrong, from the server; stands at the password. */
  error?: ReactNode
  forgot?: ReactNode
  /** “No account yet? Ask for one”. */
  below?: ReactNode
}

export function LoginForm({ host, organisation, sso, onLogin, error, forgot, below }: LoginFormProps) {
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  async function submit() {
    setBusy(true)
    await onLogin({ username, password }).finally(() => setBusy(false))
  }
  return (
    <>
      <h1>{t('login.title')}</h1>
      <p className={css.lead}>{organisation === undefined ? host : t('login.atOf', { host, name: organisation })}</p>
      {sso === undefined ? null : (
        <>
          <a href={sso.href} className={css.sso}>
            <KeyIcon aria-hidden /> {t('login.sso', { name: sso.name })}
          </a>
          <div className={css.or}>{t('login.or')}</div>
        </>
      )}
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <FormStack>
          <Field label={t('login.user')}>
            <TextInput
              name="username"
              value={username}
              onChange={setUsername}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              // oxlint-disable-next-line jsx-a11y/no-autofocus -- the page is for nothing else
              autoFocus
              required
            />
          </Field>
          <Field label={t('login.password')} error={error} aside={forgot}>
            <PasswordInput name="password" value={password} onChange={setPassword} required />
          </Field>
          <Button type="submit" variant="primary" wide busy={busy} busyLabel={t('login.busy')}>
            {t('login.submit')}
          </Button>
        </FormStack>
      </form>
      {below === undefined ? null : <p className={css.below}>{below}</p>}
    </>
  )
}
