import { useId } from 'react'
import { Button, IconButton } from '../../../components/Button.tsx'
import { Field } from '../../../components/Field.tsx'
import { CloseIcon, PlusIcon } from '../../../components/icons.ts'
import { TextInput } from '../../../components/Input.tsx'
import { Select } from '../../../components/Select.tsx'
import type { ErrorAt } from './error-at.ts'
import type { ParameterDraft } from './parameter-form.ts'
import css from './Profiles.module.css'
import { words } from './words.ts'

interface ChoicesFieldProps {
  value: ParameterDraft
  onChange: (change: Pick<ParameterDraft, 'choices' | 'chosen'>) => void
  /** Offered where a choice is an image. */
  images: readonly string[]
  errorAt: ErrorAt
}

/** What can be chosen, and which of it is when nobody chooses. */
export function ChoicesField({ value: { choices, chosen, fills }, onChange, images, errorAt }: ChoicesFieldProps) {
  const list = useId()
  const change = (index: number, part: { value?: string; label?: string }) =>
    onChange({ choices: choices.map((one, at) => (at === index ? { ...one, ...part } : one)), chosen })
  const remove = (index: number) =>
    onChange({
      choices: choices.filter((_, at) => at !== index),
      chosen: index < chosen || chosen === choices.length - 1 ? Math.max(0, chosen - 1) : chosen,
    })
  return (
    <>
      <Field label={words('choices.title')} group help={words('choices.help')} error={errorAt('choices')}>
        {fills === 'image' ? (
          <datalist id={list}>
            {images.map((image) => (
              <option key={image} value={image}>
                {image}
              </option>
            ))}
          </datalist>
        ) : null}
        <ul className={css.choices}>
          {choices.map((choice, index) => (
            <li key={index}>
              <TextInput
                mono
                value={choice.value}
                onChange={(value) => change(index, { value })}
                placeholder={words('choices.valueShort')}
                aria-label={words('choices.value', { n: index + 1 })}
                {...(fills === 'image' ? { list } : {})}
                maxLength={1000}
                autoComplete="off"
                spellCheck={false}
              />
              <TextInput
                value={choice.label}
                onChange={(label) => change(index, { label })}
                placeholder={choice.value || words('choices.labelShort')}
                aria-label={words('choices.label', { n: index + 1 })}
                maxLength={100}
                autoComplete="off"
              />
              <IconButton
                icon={CloseIcon}
                size="bare"
                label={words('choices.remove', { n: index + 1 })}
                onClick={() => remove(index)}
              />
            </li>
          ))}
        </ul>
        <Button
          size="sm"
          icon={PlusIcon}
          onClick={() => onChange({ choices: [...choices, { value: '', label: '' }], chosen })}
        >
          {words('choices.add')}
        </Button>
      </Field>
      <Field label={words('parameter.default')} error={errorAt('default')}>
        <Select
          value={choices[chosen] ? String(chosen) : null}
          onChange={(index) => onChange({ choices, chosen: Number(index) })}
          disabled={choices.length === 0}
          options={choices.map(({ value, label }, index) => ({
            value: String(index),
            label: label || value || words('choices.value', { n: index + 1 }),
          }))}
        />
      </Field>
    </>
  )
}
