import { Field } from '../../components/Field.tsx'
import { NumberInput, TextArea } from '../../components/Input.tsx'
import { format } from '../../lib/format.ts'
import { parseEnv } from './env.ts'
import { words } from './words.ts'

/** Environment variables, one a line. */
export function EnvField({
  value,
  onChange,
  label = words('env.label'),
  help = words('env.help'),
  error,
}: {
  value: string
  onChange: (text: string) => void
  label?: string
  help?: string
  error?: string | undefined
}) {
  const [bad] = parseEnv(value).badLines
  return (
    <Field
      label={label}
      help={help}
      error={error ?? (bad === undefined ? undefined : words('env.badLine', { n: bad }))}
    >
      <TextArea
        mono
        rows={4}
        value={value}
        onChange={onChange}
        placeholder={words('env.placeholder')}
        spellCheck={false}
        autoCapitalize="none"
      />
    </Field>
  )
}

export const bytesPerGb = 2 ** 30

/** A limit in GB, with what the machine has. */
export function MemoryField({
  value,
  onChange,
  totalBytes,
  mostGb,
  kind,
  error,
}: {
  value: number | null
  onChange: (gb: number | null) => void
  totalBytes: number | undefined
  /** What the operator allows at most. */
  mostGb?: number | null | undefined
  kind: 'hard' | 'sampled' | undefined
  error?: string | undefined
}) {
  const total = totalBytes === undefined ? '' : format.bytes(totalBytes)
  const helpOf = () => {
    if (typeof mostGb === 'number') return words('memory.most', { n: mostGb })
    return total === '' ? undefined : words(kind === 'sampled' ? 'memory.sampled' : 'memory.help', { total })
  }
  const tooMuch = totalBytes !== undefined && value !== null && value * bytesPerGb > totalBytes
  return (
    <Field
      label={words('memory.label')}
      help={helpOf()}
      error={error ?? (tooMuch ? words('memory.tooMuch', { total }) : undefined)}
    >
      <NumberInput
        value={value}
        onChange={onChange}
        unit="GB"
        min={0.25}
        {...(typeof mostGb === 'number' ? { max: mostGb } : {})}
        step={1}
        stepper
      />
    </Field>
  )
}
