import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { accountScopes, projectActionNames, type Scope } from '@mllab/sdk'
import { Checkbox, RadioRows } from '../../components/Choice.tsx'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { OnceDialog } from '../../components/OnceDialog.tsx'
import { TextInput } from '../../components/Input.tsx'
import { Select } from '../../components/Select.tsx'
import { useApi } from '../../lib/api.ts'
import { fieldError, otherError } from '../../lib/problem.ts'
import { account } from '../../text/en/account.ts'
import { pageText } from '../../text/t.ts'
import css from './Account.module.css'

const t = pageText(account)

const lifetimes = ['7', '30', '90', '365', 'never'] as const
type Lifetime = (typeof lifetimes)[number]
const dayMs = 86_400_000

interface TokenDialogProps {
  /** Slug, for a token of the project; absent for one of oneself. */
  project?: string
  admin: boolean
  onClose: () => void
}

/** Makes a token; its secret is shown once. */
export function TokenDialog({ project, admin, onClose }: TokenDialogProps) {
  const api = useApi()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [lifetime, setLifetime] = useState<Lifetime>('90')
  const [which, setWhich] = useState<'usual' | 'chosen'>('usual')
  const [chosen, setChosen] = useState<ReadonlySet<Scope>>(new Set())
  const make = useMutation({
    mutationFn: () =>
      api.accounts.createToken({
        body: {
          name,
          ...(project === undefined ? {} : { project }),
          ...(which === 'chosen' ? { scopes: [...chosen] } : {}),
          expiresAt: lifetime === 'never' ? null : new Date(Date.now() + Number(lifetime) * dayMs).toISOString(),
        },
      }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['tokens', project ?? null] }),
  })
  if (make.data) {
    return (
      <OnceDialog
        title={make.data.name}
        lead={t('tokens.ready')}
        label={t('tokens.secret')}
        value={make.data.secret}
        done={t('tokens.done')}
        onClose={onClose}
      />
    )
  }

  const incomplete = which === 'chosen' && chosen.size === 0
  const submit = () => {
    if (name.trim() !== '') make.mutate()
  }
  return (
    <FormDialog
      onClose={onClose}
      title={t('tokens.create')}
      width={520}
      action={t('tokens.create')}
      busy={make.isPending}
      busyLabel={t('tokens.creating')}
      blocked={incomplete && t('tokens.chooseOne')}
      onSubmit={submit}
      problem={otherError(make.error, ['name', 'expiresAt'])}
    >
      <Field label={t('tokens.name')} help={t('tokens.nameHelp')} error={fieldError(make.error, 'name')}>
        <TextInput value={name} onChange={setName} maxLength={100} autoComplete="off" required />
      </Field>
      <Field label={t('tokens.expires')} error={fieldError(make.error, 'expiresAt')}>
        <Select
          value={lifetime}
          onChange={setLifetime}
          options={lifetimes.map((value) => ({ value, label: value === 'never' ? t('tokens.never') : t('tokens.days', { n: Number(value) }) }))} // prettier-ignore
        />
      </Field>
      <Field label={t('tokens.scopes')} group>
        <RadioRows
          value={which}
          onChange={setWhich}
          aria-label={t('tokens.scopes')}
          choices={[
            { value: 'usual', label: t('tokens.usual'), help: t(project === undefined ? 'tokens.usualHelp' : 'tokens.usualProjectHelp') }, // prettier-ignore
            { value: 'chosen', label: t('tokens.chosen'), help: t('tokens.chosenHelp') },
          ]}
        />
      </Field>
      {which === 'chosen' ? (
        <Scopes offered={offeredScopes(project !== undefined, admin)} chosen={chosen} onChange={setChosen} />
      ) : null}
    </FormDialog>
  )
}

const offeredScopes = (ofProject: boolean, admin: boolean): readonly Scope[] =>
  ofProject
    ? projectActionNames
    : [...projectActionNames, ...accountScopes.filter((scope) => admin || scope !== 'admin')]

interface ScopesProps {
  offered: readonly Scope[]
  chosen: ReadonlySet<Scope>
  onChange: (chosen: ReadonlySet<Scope>) => void
}

/** One line per kind of object, a box for each thing that can be done with it. */
function Scopes({ offered, chosen, onChange }: ScopesProps) {
  const kinds = [...new Set(offered.map((scope) => scope.split(':')[0] ?? ''))]
  const toggle = (scope: Scope) => (checked: boolean) => {
    const next = new Set(chosen)
    if (checked) next.add(scope)
    else next.delete(scope)
    onChange(next)
  }
  return (
    <div className={css.scopes}>
      {kinds.map((kind) => (
        <div key={kind} role="group" aria-label={scopeKind(kind)} className={css.scopeLine}>
          <span>{scopeKind(kind)}</span>
          {offered
            .filter((scope) => scope.split(':')[0] === kind)
            .map((scope) => (
              <Checkbox
                key={scope}
                checked={chosen.has(scope)}
                onChange={toggle(scope)}
                label={scopeVerb(scope.split(':')[1] ?? 'all')}
              />
            ))}
        </div>
      ))}
    </div>
  )
}

// The words cover every scope of the contract; a new one shows as it is.
const scopeKind = (kind: string) => (`scope.${kind}` in account ? t(`scope.${kind}` as 'scope.files') : kind)
const scopeVerb = (verb: string) => (`verb.${verb}` in account ? t(`verb.${verb}` as 'verb.read') : verb)
