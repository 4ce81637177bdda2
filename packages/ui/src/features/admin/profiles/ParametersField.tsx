import { useState } from 'react'
import { Button, IconButton } from '../../../components/Button.tsx'
import { Field, FormStack } from '../../../components/Field.tsx'
import { ArrowUpIcon, ChevronDownIcon, ChevronRightIcon, CloseIcon, PlusIcon } from '../../../components/icons.ts'
import type { ErrorAt } from './error-at.ts'
import { emptyParameter, namesOf, type ParameterDraft } from './parameter-form.ts'
import { ParameterFields } from './ParameterFields.tsx'
import css from './Profiles.module.css'
import { words } from './words.ts'

const most = 30

interface ParametersFieldProps {
  value: readonly ParameterDraft[]
  onChange: (parameters: readonly ParameterDraft[]) => void
  images: readonly string[]
  errorAt: ErrorAt
}

/** The questions, one below the other; one at a time is open, and those with something wrong. */
export function ParametersField({ value, onChange, images, errorAt }: ParametersFieldProps) {
  const [open, setOpen] = useState<string | null>(null)
  const names = namesOf(value)
  const change = (id: string, part: Partial<ParameterDraft>) =>
    onChange(value.map((one) => (one.id === id ? { ...one, ...part } : one)))
  const add = () => {
    const added = emptyParameter(freeId(value))
    onChange([...value, added])
    setOpen(added.id)
  }
  return (
    <Field label={words('parameters')} group help={words('parameter.help')}>
      {value.length === 0 ? null : (
        <ul className={css.parameters}>
          {value.map((parameter, index) => {
            const at = `parameters.${index}`
            const unfolded = open === parameter.id || errorAt(at) !== undefined
            const label = parameter.label || words('parameter.new')
            const Chevron = unfolded ? ChevronDownIcon : ChevronRightIcon
            return (
              <li key={parameter.id}>
                <div className={css.head}>
                  <button
                    type="button"
                    aria-expanded={unfolded}
                    onClick={() => setOpen(open === parameter.id ? null : parameter.id)}
                  >
                    <Chevron aria-hidden />
                    <b>{label}</b>
                    <span>{words(`parameter.${parameter.type}`)}</span>
                  </button>
                  {index === 0 ? null : (
                    <IconButton
                      icon={ArrowUpIcon}
                      size="bare"
                      label={words('parameter.up', { name: label })}
                      onClick={() => onChange(raised(value, index))}
                    />
                  )}
                  <IconButton
                    icon={CloseIcon}
                    size="bare"
                    label={words('common.remove', { name: label })}
                    onClick={() => onChange(value.filter(({ id }) => id !== parameter.id))}
                  />
                </div>
                {unfolded ? (
                  <div className={css.body}>
                    <FormStack>
                      <ParameterFields
                        value={parameter}
                        name={names[index] ?? ''}
                        onChange={(part) => change(parameter.id, part)}
                        images={images}
                        errorAt={(field) => errorAt(`${at}.${field}`)}
                      />
                    </FormStack>
                  </div>
                ) : null}
              </li>
            )
          })}
        </ul>
      )}
      {value.length < most ? (
        <Button icon={PlusIcon} onClick={add}>
          {words('parameter.add')}
        </Button>
      ) : null}
    </Field>
  )
}

/** Names of stored ones hold no space. */
const freeId = (all: readonly ParameterDraft[]) => {
  let n = 1
  while (all.some(({ id }) => id === `new ${n}`)) n++
  return `new ${n}`
}

const raised = (all: readonly ParameterDraft[], index: number) =>
  all.toSpliced(index - 1, 2, ...all.slice(index - 1, index + 1).toReversed())
