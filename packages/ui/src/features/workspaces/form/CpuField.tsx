import { Field } from '../../../components/Field.tsx'
import { NumberInput } from '../../../components/Input.tsx'
import { words } from '../words.ts'

interface CpuFieldProps {
  value: number | null
  onChange: (cpus: number | null) => void
  /** Of this machine, if that is known. */
  cores: number | undefined
  /** What the operator allows at most. */
  most: number | null | undefined
  ofProfile?: boolean
  error: string | undefined
}

/** How many cores a workspace may use. */
export function CpuField({ value, onChange, cores, most, ofProfile = false, error }: CpuFieldProps) {
  const unlimited = cores === undefined ? words('new.cpuNone') : words('new.cpuHelp', { n: cores })
  const empty = ofProfile ? words('new.cpuProfile') : unlimited
  return (
    <Field
      label={words('new.cpuLabel')}
      help={typeof most === 'number' ? words('new.cpuMost', { n: most }) : empty}
      error={error}
    >
      <NumberInput
        value={value}
        onChange={onChange}
        min={0.1}
        {...(typeof most === 'number' ? { max: most } : {})}
        step={1}
        unit={words('new.cores')}
        stepper
      />
    </Field>
  )
}
