import { Button } from '../../../components/Button.tsx'
import { Field, FormStack } from '../../../components/Field.tsx'
import { KeyIcon } from '../../../components/icons.ts'
import { TextInput } from '../../../components/Input.tsx'
import { Select } from '../../../components/Select.tsx'
import { innerError } from '../inner-error.ts'
import type { WantedRepository } from '../start-form.ts'
import { words } from '../words.ts'
import css from './Form.module.css'
import { refKey, secretOptions, type SecretRef, useSecretRefs } from './SecretsField.tsx'

const NONE = 'none'

interface GitFieldProps {
  project: string
  value: WantedRepository
  onChange: (repository: WantedRepository) => void
  onAdd: (take: (ref: SecretRef) => void) => void
  error: unknown
}

/** A repository that it begins with; its branch and its password are asked for once there is an address. */
export function GitField({ project, value, onChange, onAdd, error }: GitFieldProps) {
  const refs = useSecretRefs(project)
  return (
    <FormStack>
      <Field label={words('git.url')} help={words('git.urlHelp')} error={innerError(error, 'git.url')}>
        <TextInput
          value={value.url}
          onChange={(url) => onChange({ ...value, url })}
          placeholder="https://github.com/acme/churn.git"
          inputMode="url"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
        />
      </Field>
      {value.url.trim() === '' ? null : (
        <>
          <Field label={words('git.branch')} help={words('git.branchHelp')} error={innerError(error, 'git.branch')}>
            <TextInput
              mono
              value={value.branch}
              onChange={(branch) => onChange({ ...value, branch })}
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
            />
          </Field>
          <Field
            label={words('git.secret')}
            group
            help={words('git.secretHelp')}
            error={innerError(error, 'git.secret')}
          >
            <div className={css.addLine}>
              <Select
                value={value.secret === null ? NONE : refKey(value.secret)}
                onChange={(key) => onChange({ ...value, secret: refs.find((ref) => refKey(ref) === key) ?? null })}
                options={[{ value: NONE, label: words('git.noSecret') }, ...secretOptions(refs)]}
                aria-label={words('git.secret')}
              />
              <Button icon={KeyIcon} onClick={() => onAdd((secret) => onChange({ ...value, secret }))}>
                {words('secrets.add')}
              </Button>
            </div>
          </Field>
        </>
      )}
    </FormStack>
  )
}
