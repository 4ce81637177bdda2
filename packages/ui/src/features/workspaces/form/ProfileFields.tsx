import type { ParameterValues, ProfileParameter, WorkspaceImage, WorkspaceProfile } from '@mllab/sdk'
import { Checkbox, RadioCards } from '../../../components/Choice.tsx'
import { Field } from '../../../components/Field.tsx'
import { NumberInput, TextInput } from '../../../components/Input.tsx'
import { Select } from '../../../components/Select.tsx'
import { innerError } from '../inner-error.ts'
import { parameterValue, type StartInput } from '../start-form.ts'
import { words } from '../words.ts'

/** Stands for “no profile” among the choices: a slug has no such letters. */
const NONE = '*'

type Making = Pick<StartInput, 'profile' | 'parameters' | 'image'>

interface ProfileFieldsProps {
  profiles: readonly WorkspaceProfile[]
  images: readonly WorkspaceImage[]
  input: Making
  onChange: (change: Partial<Making>) => void
  error: unknown
}

/** What it is made of: a profile with its questions, or an image where there is none or none is wanted. */
export function ProfileFields({ profiles, images, input, onChange, error }: ProfileFieldsProps) {
  const profile = profiles.find(({ slug }) => slug === input.profile)
  return (
    <>
      {profiles.length > 0 ? (
        <Field
          label={words('new.profile')}
          group
          help={profile?.description || undefined}
          error={innerError(error, 'profile')}
        >
          <RadioCards
            value={input.profile ?? NONE}
            onChange={(value) => onChange({ profile: value === NONE ? null : value, parameters: {} })}
            aria-label={words('new.profile')}
            choices={[
              ...profiles.map((one) => ({ value: one.slug, label: one.name, help: limitsOf(one) })),
              { value: NONE, label: words('new.noProfile'), help: words('new.noProfileHelp') },
            ]}
          />
        </Field>
      ) : null}
      {profile ? (
        profile.parameters.map((parameter) => (
          <ParameterField
            key={`${profile.slug} ${parameter.name}`}
            parameter={parameter}
            values={input.parameters}
            onChange={(parameters) => onChange({ parameters })}
            error={innerError(error, `parameters.${parameter.name}`)}
          />
        ))
      ) : (
        <ImageField images={images} value={input.image} onChange={(image) => onChange({ image })} error={error} />
      )}
    </>
  )
}

function ImageField({
  images,
  value,
  onChange,
  error,
}: {
  images: readonly WorkspaceImage[]
  value: string | null
  onChange: (ref: string) => void
  error: unknown
}) {
  const chosen = images.find(({ ref }) => ref === value) ?? images[0]
  return (
    <Field
      label={words('new.image')}
      help={chosen === undefined ? undefined : words(chosen.ready ? 'new.imageReady' : 'new.imageLater')}
      error={innerError(error, 'image')}
    >
      <Select
        value={chosen?.ref ?? null}
        onChange={onChange}
        options={images.map((one) => ({ value: one.ref, label: one.title, hint: one.ref }))}
      />
    </Field>
  )
}

/** A question of a profile, as its type wants it. What is as the profile has it is not sent. */
function ParameterField({
  parameter,
  values,
  onChange,
  error,
}: {
  parameter: ProfileParameter
  values: ParameterValues
  onChange: (values: ParameterValues) => void
  error: string | undefined
}) {
  const value = parameterValue(parameter, values)
  const say = (next: string | number | boolean | null) => {
    const { [parameter.name]: _, ...others } = values
    onChange(next === null || next === parameter.default ? others : { ...others, [parameter.name]: next })
  }
  const help = parameter.description || undefined
  if (parameter.type === 'boolean')
    return (
      <div>
        <Checkbox checked={value === true} onChange={say} label={parameter.label} help={help} />
      </div>
    )
  return (
    <Field label={parameter.label} help={help} error={error}>
      {parameter.type === 'choice' ? (
        <Select value={String(value)} onChange={say} options={parameter.choices} />
      ) : parameter.type === 'number' ? (
        <NumberInput
          value={Number(value)}
          onChange={say}
          min={parameter.min}
          max={parameter.max}
          step={parameter.step ?? 1}
          stepper
        />
      ) : (
        <TextInput value={String(value)} onChange={say} maxLength={parameter.maxLength} autoComplete="off" />
      )}
    </Field>
  )
}

/** “2 CPU, 8 GB”. */
export function limitsOf({ cpus, memoryGb }: WorkspaceProfile): string {
  const limits = [
    cpus === undefined ? null : words('new.cpus', { n: cpus }),
    memoryGb === undefined ? null : words('new.gb', { n: memoryGb }),
  ].filter((one) => one !== null)
  return limits.length === 0 ? words('new.noLimits') : limits.join(', ')
}
