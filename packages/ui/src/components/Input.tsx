import { useState, type ComponentPropsWithRef, type ReactNode } from 'react'
import { cx } from '../lib/cx.ts'
import { parseNumber, stepNumber } from '../lib/number.ts'
import { t } from '../text/t.ts'
import { useFieldProps } from './Field.tsx'
import { HideIcon, type Icon, MinusIcon, PlusIcon, SearchIcon, ShowIcon } from './icons.ts'
import css from './Input.module.css'

export interface TextInputProps extends Omit<ComponentPropsWithRef<'input'>, 'size' | 'onChange' | 'value'> {
  value: string
  onChange: (value: string) => void
  /** Inside at the right: a unit, the address it makes. */
  unit?: ReactNode
  icon?: Icon
  size?: 'sm' | 'md' | 'touch'
  mono?: boolean
}

export function TextInput({
  value,
  onChange,
  unit,
  icon: IconShape,
  size = 'md',
  mono = false,
  className,
  ...rest
}: TextInputProps) {
  return (
    <span className={cx(css.box, css[size], className)}>
      {IconShape ? <IconShape aria-hidden className={css.lead} /> : null}
      <input
        type="text"
        className={cx(css.input, mono && css.mono)}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        {...useFieldProps()}
        {...rest}
      />
      {unit === undefined ? null : <span className={css.unit}>{unit}</span>}
    </span>
  )
}

export function SearchInput(props: Omit<TextInputProps, 'icon' | 'type'>) {
  return <TextInput type="search" icon={SearchIcon} {...props} />
}

export function TextArea({
  value,
  onChange,
  mono = false,
  className,
  ...rest
}: Omit<ComponentPropsWithRef<'textarea'>, 'onChange' | 'value'> & {
  value: string
  onChange: (value: string) => void
  mono?: boolean
}) {
  // prettier-ignore
  return (
    <span className={cx(css.box, css.tall, className)}>
      <textarea className={cx(css.input, mono && css.mono)} rows={3} value={value} onChange={(event) => onChange(event.target.value)} {...useFieldProps()} {...rest} />
    </span>
  )
}

export interface NumberInputProps {
  /** Null while the field is empty or holds no number. */
  value: number | null
  onChange: (value: number | null) => void
  min?: number
  max?: number
  /** Size of a step with the stepper or the arrow keys; with Shift ten of them. */
  step?: number
  unit?: ReactNode
  stepper?: boolean
  disabled?: boolean
  size?: 'sm' | 'md' | 'touch'
  'aria-label'?: string
}

/** A number as text, in the reader's decimal notation; never a browser's number field. */
export function NumberInput({
  value,
  onChange,
  min,
  max,
  step = 1,
  unit,
  stepper = false,
  size = 'md',
  ...rest
}: NumberInputProps) {
  const [typed, setTyped] = useState<string | null>(null)
  const shown = typed ?? (value === null ? '' : String(value))
  const move = (steps: number) => {
    setTyped(null)
    onChange(stepNumber(value, steps * step, min, max))
  }
  return (
    <span className={cx(css.box, css[size], stepper && css.withStepper)}>
      <input
        className={css.input}
        inputMode="decimal"
        role="spinbutton"
        aria-valuemin={min}
        aria-valuemax={max}
        aria-valuenow={value ?? undefined}
        value={shown}
        onChange={(event) => {
          setTyped(event.target.value)
          onChange(parseNumber(event.target.value))
        }}
        onBlur={() => setTyped(null)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
          event.preventDefault()
          move((event.key === 'ArrowUp' ? 1 : -1) * (event.shiftKey ? 10 : 1))
        }}
        {...useFieldProps()}
        {...rest}
      />
      {unit === undefined ? null : <span className={css.unit}>{unit}</span>}
      {stepper ? (
        // The arrow keys do the same; these are for the pointer.
        <span className={css.stepper} aria-hidden>
          <button
            type="button"
            tabIndex={-1}
            onClick={() => move(-1)}
            disabled={rest.disabled || (min !== undefined && value !== null && value <= min)}
          >
            <MinusIcon />
          </button>
          <button
            type="button"
            tabIndex={-1}
            onClick={() => move(1)}
            disabled={rest.disabled || (max !== undefined && value !== null && value >= max)}
          >
            <PlusIcon />
          </button>
        </span>
      ) : null}
    </span>
  )
}

/** A password that can be shown. Say `autoComplete="new-password"` where one is made. */
export function PasswordInput({
  value,
  onChange,
  className,
  size = 'md',
  ...rest
}: Omit<TextInputProps, 'unit' | 'icon' | 'type' | 'mono'>) {
  const [visible, setVisible] = useState(false)
  const Eye = visible ? HideIcon : ShowIcon
  return (
    <span className={cx(css.box, css[size], className)}>
      <input
        type={visible ? 'text' : 'password'}
        className={css.input}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        autoComplete="current-password"
        spellCheck={false}
        {...useFieldProps()}
        {...rest}
      />
      <button
        type="button"
        className={css.eye}
        aria-label={t(visible ? 'field.hidePassword' : 'field.showPassword')}
        aria-pressed={visible}
        onClick={() => setVisible(!visible)}
      >
        <Eye aria-hidden />
      </button>
    </span>
  )
}
