import type { LifeRules } from '@mllab/sdk'
import { Field, FieldRow } from '../../../components/Field.tsx'
import { NumberInput } from '../../../components/Input.tsx'
import { innerError } from '../inner-error.ts'
import type { WantedLife } from '../start-form.ts'
import { words } from '../words.ts'

interface LifeFieldProps {
  value: WantedLife
  onChange: (life: WantedLife) => void
  /** What is so if nothing is said. */
  rules: LifeRules | undefined
  canSuspend: boolean
  error: unknown
}

/** What becomes of it when nobody uses it. */
export function LifeField({ value, onChange, rules, canSuspend, error }: LifeFieldProps) {
  const usual = (amount: number | undefined) =>
    amount === undefined
      ? undefined
      : amount === 0
        ? words('life.usuallyNever')
        : words('life.usually', { n: Math.round(amount * 100) / 100 })
  return (
    <Field label={words('life.title')} group help={words('life.help')} error={innerError(error, 'life')}>
      <FieldRow>
        {canSuspend ? (
          <Field label={words('life.suspend')} help={usual(rules?.suspendAfterMinutes)}>
            <NumberInput
              value={value.suspendAfterMinutes}
              onChange={(suspendAfterMinutes) => onChange({ ...value, suspendAfterMinutes })}
              min={0}
              step={10}
              unit={words('life.minutes')}
            />
          </Field>
        ) : null}
        <Field label={words('life.stop')} help={usual(rules?.stopAfterHours)}>
          <NumberInput
            value={value.stopAfterHours}
            onChange={(stopAfterHours) => onChange({ ...value, stopAfterHours })}
            min={0}
            unit={words('life.hours')}
          />
        </Field>
        <Field label={words('life.expire')} help={usual(rules?.daysToLive)}>
          <NumberInput
            value={value.daysToLive}
            onChange={(daysToLive) => onChange({ ...value, daysToLive })}
            min={0}
            unit={words('life.days')}
          />
        </Field>
      </FieldRow>
    </Field>
  )
}
