import { Checkbox } from '../../../components/Choice.tsx'
import { Field, FieldRow } from '../../../components/Field.tsx'
import { NumberInput, TextInput } from '../../../components/Input.tsx'
import { Select } from '../../../components/Select.tsx'
import { ChoicesField } from './ChoicesField.tsx'
import type { ErrorAt } from './error-at.ts'
import { type FillKind, fillsOf, type ParameterDraft, type ParameterType, variableOf } from './parameter-form.ts'
import { words } from './words.ts'

const types: readonly ParameterType[] = ['choice', 'number', 'string', 'boolean']

interface ParameterFieldsProps {
  value: ParameterDraft
  /** As programs call it. */
  name: string
  onChange: (change: Partial<ParameterDraft>) => void
  images: readonly string[]
  errorAt: ErrorAt
}

/** One question: what it asks, what may be answered, and what the answer sets. */
export function ParameterFields({ value, name, onChange, images, errorAt }: ParameterFieldsProps) {
  const changeType = (type: ParameterType) =>
    onChange({ type, fills: fillsOf[type].includes(value.fills) ? value.fills : 'env' })
  return (
    <>
      <Field label={words('parameter.label')} error={errorAt('label') ?? errorAt('name')}>
        <TextInput
          value={value.label}
          onChange={(label) => onChange({ label })}
          unit={<code>{name}</code>}
          maxLength={100}
          autoComplete="off"
        />
      </Field>
      <Field label={words('form.description')} aside={words('form.optional')} error={errorAt('description')}>
        <TextInput
          value={value.description}
          onChange={(description) => onChange({ description })}
          maxLength={500}
          autoComplete="off"
        />
      </Field>
      <FieldRow>
        <Field label={words('parameter.type')} error={errorAt('type')}>
          <Select
            value={value.type}
            onChange={changeType}
            options={types.map((type) => ({ value: type, label: words(`parameter.${type}`) }))}
          />
        </Field>
        {fillsOf[value.type].length > 1 ? (
          <Field label={words('parameter.fills')} error={errorAt('fills.kind')}>
            <Select<FillKind>
              value={value.fills}
              onChange={(fills) => onChange({ fills })}
              options={fillsOf[value.type].map((kind) => ({ value: kind, label: words(`parameter.${kind}`) }))}
            />
          </Field>
        ) : null}
      </FieldRow>
      {value.fills === 'env' ? (
        <Field label={words('parameter.variable')} error={errorAt('fills')}>
          <TextInput
            mono
            value={value.variable}
            onChange={(variable) => onChange({ variable })}
            placeholder={variableOf(name)}
            maxLength={200}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        </Field>
      ) : null}
      <Answers value={value} onChange={onChange} images={images} errorAt={errorAt} />
    </>
  )
}

/** What may be answered, and what is if nobody does. */
function Answers({ value, onChange, images, errorAt }: Omit<ParameterFieldsProps, 'name'>) {
  switch (value.type) {
    case 'choice':
      return <ChoicesField value={value} onChange={onChange} images={images} errorAt={errorAt} />
    case 'number':
      return (
        <FieldRow>
          {(['default', 'min', 'max', 'step'] as const).map((field) => {
            const key = field === 'default' ? 'number' : field
            return (
              <Field
                key={field}
                label={words(`parameter.${field}`)}
                aside={field === 'step' ? words('form.optional') : undefined}
                error={errorAt(field)}
              >
                <NumberInput value={value[key]} onChange={(number) => onChange({ [key]: number })} />
              </Field>
            )
          })}
        </FieldRow>
      )
    case 'string':
      return (
        <FieldRow>
          <Field label={words('parameter.default')} error={errorAt('default')}>
            <TextInput value={value.text} onChange={(text) => onChange({ text })} maxLength={1000} autoComplete="off" />
          </Field>
          <Field label={words('parameter.maxLength')} aside={words('form.optional')} error={errorAt('maxLength')}>
            <NumberInput
              value={value.maxLength}
              onChange={(maxLength) => onChange({ maxLength })}
              min={1}
              max={1000}
              unit={words('parameter.letters')}
            />
          </Field>
        </FieldRow>
      )
    default:
      return (
        <Checkbox
          checked={value.on}
          onChange={(on) => onChange({ on })}
          label={words('parameter.on')}
          help={words('parameter.onHelp')}
        />
      )
  }
}
