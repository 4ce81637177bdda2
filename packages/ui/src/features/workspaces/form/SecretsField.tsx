import { useQuery } from '@tanstack/react-query'
import type { SecretUse } from '@mllab/sdk'
import { Button, IconButton } from '../../../components/Button.tsx'
import { Segmented } from '../../../components/Choice.tsx'
import { Field } from '../../../components/Field.tsx'
import { CloseIcon, KeyIcon } from '../../../components/icons.ts'
import { TextInput } from '../../../components/Input.tsx'
import { Select } from '../../../components/Select.tsx'
import { useApi } from '../../../lib/api.ts'
import { secretsQuery } from '../../secrets/secrets.queries.ts'
import { variableFor } from '../start-form.ts'
import { words } from '../words.ts'
import css from './Form.module.css'

/** A secret by its name and whose it is. */
export interface SecretRef {
  name: string
  from: 'project' | 'user'
}

/** All secrets that a workspace of the reader can get: those of the project and the own ones. */
export function useSecretRefs(project: string): SecretRef[] {
  const api = useApi()
  const ofProject = useQuery(secretsQuery(api, { project })).data?.items ?? []
  const own = useQuery(secretsQuery(api, 'me')).data?.items ?? []
  return [
    ...ofProject.map(({ name }): SecretRef => ({ name, from: 'project' })),
    ...own.map(({ name }): SecretRef => ({ name, from: 'user' })),
  ]
}

export const refKey = ({ name, from }: SecretRef) => `${from}/${name}`

/** Options of a choice among secrets. */
export const secretOptions = (refs: readonly SecretRef[]) =>
  refs.map((ref) => ({
    value: refKey(ref),
    label: ref.name,
    hint: words(ref.from === 'project' ? 'secrets.ofProject' : 'secrets.own'),
  }))

interface SecretsFieldProps {
  project: string
  value: readonly SecretUse[]
  onChange: (uses: readonly SecretUse[]) => void
  /** Asks for a new secret, and tells which it became. */
  onAdd: (take: (ref: SecretRef) => void) => void
  error: string | undefined
}

/** Secrets by name, each as a variable or a file. */
export function SecretsField({ project, value, onChange, onAdd, error }: SecretsFieldProps) {
  const refs = useSecretRefs(project)
  const chosen = new Set(value.map(refKey))
  const left = refs.filter((ref) => !chosen.has(refKey(ref)))
  const take = (ref: SecretRef) => onChange([...value, { ...ref, env: variableFor(ref.name) }])
  const change = (index: number, use: SecretUse) => onChange(value.map((one, at) => (at === index ? use : one)))
  return (
    <Field label={words('secrets.title')} group help={words('secrets.help')} error={error}>
      {value.length === 0 ? null : (
        <ul className={css.rows}>
          {value.map((use, index) => (
            <li key={refKey(use)} className={css.row}>
              <Use
                use={use}
                onChange={(next) => change(index, next)}
                onRemove={() => onChange(value.filter((_, at) => at !== index))}
              />
            </li>
          ))}
        </ul>
      )}
      <div className={css.addLine}>
        <Select
          value={null}
          onChange={(key) => {
            const ref = left.find((one) => refKey(one) === key)
            if (ref) take(ref)
          }}
          placeholder={words(left.length === 0 ? 'secrets.noneLeft' : 'secrets.choose')}
          disabled={left.length === 0}
          options={secretOptions(left)}
          aria-label={words('secrets.choose')}
        />
        <Button icon={KeyIcon} onClick={() => onAdd(take)}>
          {words('secrets.add')}
        </Button>
      </div>
    </Field>
  )
}

function Use({
  use,
  onChange,
  onRemove,
}: {
  use: SecretUse
  onChange: (use: SecretUse) => void
  onRemove: () => void
}) {
  const { env, file, ...ref } = use
  const asFile = file !== undefined
  return (
    <>
      <div className={css.rowHead}>
        <code>{use.name}</code>
        <span>{words(use.from === 'user' ? 'secrets.own' : 'secrets.ofProject')}</span>
        <IconButton
          icon={CloseIcon}
          size="bare"
          label={words('common.remove', { name: use.name })}
          onClick={onRemove}
        />
      </div>
      <div className={css.pair}>
        <Segmented
          size="md"
          value={asFile ? 'file' : 'env'}
          onChange={(kind) =>
            onChange(kind === 'file' ? { ...ref, file: use.name } : { ...ref, env: variableFor(use.name) })
          }
          aria-label={words('secrets.as', { name: use.name })}
          options={[
            { value: 'env', label: words('secrets.variable') },
            { value: 'file', label: words('secrets.file') },
          ]}
        />
        <TextInput
          mono
          value={asFile ? file : (env ?? use.name)}
          onChange={(text) => onChange(asFile ? { ...ref, file: text } : { ...ref, env: text })}
          aria-label={words(asFile ? 'secrets.fileName' : 'secrets.variableName', { name: use.name })}
          autoComplete="off"
          spellCheck={false}
        />
      </div>
    </>
  )
}
