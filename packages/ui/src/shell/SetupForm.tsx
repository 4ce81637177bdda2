import { useState, type ReactNode } from 'react'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Choice.tsx'
import { Field, FormStack } from '../components/Field.tsx'
import { CheckIcon } from '../components/icons.ts'
import { PasswordInput, TextInput } from '../components/Input.tsx'
import { StatusMark } from '../components/Status.tsx'
import { slugOf } from '../lib/slug.ts'
import { t } from '../text/t.ts'
import css from './Forms.module.css'

export interface SetupInput {
  username: string
  password: string
  project: string
  example: boolean
}

export interface SetupFormProps {
  onSetup: (input: SetupInput) => Promise<unknown>
  /** By field, from the server. */
  errors?: Partial<Record<keyof SetupInput, ReactNode>>
  /** Offers the example; off where it is not shipped. */
  offerExample?: boolean
}

/** The server's own rule, checked while typing; whether it is a common one only the server knows. */
const passwordLength = 8

export function SetupForm({ onSetup, errors = {}, offerExample = true }: SetupFormProps) {
  const [input, setInput] = useState<SetupInput>({
    username: 'admin',
    password: '',
    project: offerExample ? 'Wine quality' : '',
    example: offerExample,
  })
  const [busy, setBusy] = useState(false)
  const set = (change: Partial<SetupInput>) => setInput({ ...input, ...change })
  const missing = passwordLength - [...input.password].length
  const withProject = input.project.trim() !== ''
  async function submit() {
    if (missing > 0 || busy) return
    setBusy(true)
    await onSetup(input).finally(() => setBusy(false))
  }
  return (
    <>
      <h1>{t('setup.title')}</h1>
      <p className={css.lead}>{t('setup.lead')}</p>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <FormStack>
          <Field label={t('login.user')} error={errors.username}>
            <TextInput
              value={input.username}
              onChange={(username) => set({ username })}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
            />
          </Field>
          <Field
            label={t('login.password')}
            error={errors.password}
            good={missing <= 0 ? t('setup.passwordLong', { n: [...input.password].length }) : undefined}
            help={input.password === '' ? t('setup.passwordHelp') : t('setup.passwordShort', { n: missing })}
          >
            <PasswordInput
              value={input.password}
              onChange={(password) => set({ password })}
              autoComplete="new-password"
              required
            />
          </Field>
          <Field
            label={t('setup.project')}
            aside={t('setup.optional')}
            help={t('setup.projectHelp')}
            error={errors.project}
          >
            <TextInput
              value={input.project}
              onChange={(project) => set({ project })}
              unit={withProject ? <code>/{slugOf(input.project)}</code> : undefined}
            />
          </Field>
          {offerExample ? (
            <Checkbox
              checked={input.example}
              onChange={(example) => set({ example })}
              label={t('setup.example')}
              help={t('setup.exampleHelp')}
            />
          ) : null}
          <div>
            <Button
              type="submit"
              variant="primary"
              busy={busy}
              busyLabel={t(withProject ? 'setup.busy' : 'setup.busyAlone')}
              disabledBecause={missing > 0 && t('setup.passwordShort', { n: missing })}
            >
              {t(withProject ? 'setup.submit' : 'setup.submitAlone')}
            </Button>
          </div>
        </FormStack>
      </form>
    </>
  )
}

export interface ServerFact {
  level: 'ok' | 'warning' | 'absent'
  title: string
  detail: ReactNode
}

/** What the server found out about itself, beside the form. */
export function ServerFacts({ facts }: { facts: readonly ServerFact[] }) {
  return (
    <section>
      <h2>{t('setup.can')}</h2>
      <p className={css.canLead}>{t('setup.canLead')}</p>
      <ul className={css.facts}>
        {facts.map((fact) => (
          <li key={fact.title}>
            {fact.level === 'ok' ? (
              <CheckIcon aria-hidden className={css.ok} />
            ) : (
              <StatusMark status={fact.level === 'warning' ? 'unhealthy' : 'stopped'} label={false} />
            )}
            <div>
              <h3>{fact.title}</h3>
              <p>{fact.detail}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
