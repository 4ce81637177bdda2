import { IconButton } from '../../../components/Button.tsx'
import { Field } from '../../../components/Field.tsx'
import { CloseIcon, RestartIcon } from '../../../components/icons.ts'
import { EnvField } from '../../workloads/fields.tsx'
import css from './Settings.module.css'
import { words } from './words.ts'

interface VariablesFieldProps {
  /** Those it has. */
  names: readonly string[]
  taken: readonly string[]
  onTake: (names: readonly string[]) => void
  /** New ones, and new values. */
  value: string
  onChange: (text: string) => void
  error: string | undefined
}

/** Variables that it has, by name, and a place for new ones. */
export function VariablesField({ names, taken, onTake, value, onChange, error }: VariablesFieldProps) {
  return (
    <>
      {names.length === 0 ? null : (
        <Field label={words('settings.variables')} group help={words('settings.variablesHelp')}>
          <ul className={css.variables}>
            {names.map((name) => {
              const goes = taken.includes(name)
              return (
                <li key={name} data-goes={goes || undefined}>
                  <code>{name}</code>
                  <span>{words(goes ? 'settings.goes' : 'settings.set')}</span>
                  <IconButton
                    icon={goes ? RestartIcon : CloseIcon}
                    size="bare"
                    label={words(goes ? 'settings.keep' : 'settings.take', { name })}
                    onClick={() => onTake(goes ? taken.filter((one) => one !== name) : [...taken, name])}
                  />
                </li>
              )
            })}
          </ul>
        </Field>
      )}
      <EnvField label={words('settings.newVariables')} value={value} onChange={onChange} error={error} />
    </>
  )
}
