import { useId, type ComponentPropsWithRef, type CSSProperties, type ReactNode } from 'react'
import { cx } from '../lib/cx.ts'
import css from './Choice.module.css'
import { useFieldProps } from './Field.tsx'

type NativeChoice = Omit<ComponentPropsWithRef<'input'>, 'onChange' | 'checked' | 'type'>

export interface CheckboxProps extends NativeChoice {
  checked: boolean | 'some'
  onChange: (checked: boolean) => void
  /** Words beside it; without them give `aria-label`. */
  label?: ReactNode
  help?: ReactNode
}

export function Checkbox({ checked, onChange, label, help, className, ...rest }: CheckboxProps) {
  const box = (
    <input
      type="checkbox"
      className={cx(css.checkbox, label === undefined && className)}
      checked={checked === true}
      ref={(input) => void (input && (input.indeterminate = checked === 'some'))}
      onChange={(event) => onChange(event.target.checked)}
      {...rest}
    />
  )
  if (label === undefined) return box
  return (
    <label className={cx(css.labelled, className)}>
      {box}
      <span>
        {label}
        {help === undefined ? null : <span className={css.help}>{help}</span>}
      </span>
    </label>
  )
}

export interface SwitchProps extends NativeChoice {
  checked: boolean
  onChange: (checked: boolean) => void
  label?: ReactNode
}

/** 28 × 16, for what acts at once. */
export function Switch({ checked, onChange, label, className, ...rest }: SwitchProps) {
  const box = (
    <input
      type="checkbox"
      role="switch"
      aria-checked={checked}
      className={css.switch}
      checked={checked}
      onChange={(event) => onChange(event.target.checked)}
      {...rest}
    />
  )
  if (label === undefined) return box
  return (
    <label className={cx(css.labelled, css.dense, className)}>
      {box}
      <span>{label}</span>
    </label>
  )
}

export interface Choice<T extends string> {
  value: T
  label: ReactNode
  /** One line of explanation, or two. */
  help?: ReactNode
  /** Why it cannot be chosen. */
  disabledBecause?: string | undefined
}

export interface RadioProps<T extends string> {
  value: T
  onChange: (value: T) => void
  choices: readonly Choice<T>[]
  'aria-label'?: string
}

/** Choices with consequences, side by side: profiles. */
export function RadioCards<T extends string>(props: RadioProps<T>) {
  return <Radios {...props} className={css.cards} />
}

/** Choices with consequences, below each other in one frame: where a model goes. */
export function RadioRows<T extends string>(props: RadioProps<T>) {
  return <Radios {...props} className={css.rows} />
}

function Radios<T extends string>({
  value,
  onChange,
  choices,
  className,
  ...rest
}: RadioProps<T> & { className: string | undefined }) {
  const name = useId()
  return (
    <div role="radiogroup" className={className} {...rest}>
      {choices.map((choice) => (
        <label
          key={choice.value}
          className={css.choice}
          data-off={choice.disabledBecause ? '' : undefined}
          data-tip={choice.disabledBecause}
        >
          <input
            type="radio"
            name={name}
            className={css.radio}
            checked={choice.value === value}
            disabled={Boolean(choice.disabledBecause)}
            onChange={() => onChange(choice.value)}
          />
          <span className={css.choiceLabel}>{choice.label}</span>
          {choice.help === undefined ? null : <span className={css.choiceHelp}>{choice.help}</span>}
        </label>
      ))}
    </div>
  )
}

/** A radio with a word, for short lists. */
export function Radio({ label, ...rest }: Omit<ComponentPropsWithRef<'input'>, 'type'> & { label: ReactNode }) {
  return (
    <label className={css.labelled}>
      <input type="radio" className={css.radio} {...rest} />
      <span>{label}</span>
    </label>
  )
}

export interface SegmentedProps<T extends string> {
  value: T
  onChange: (value: T) => void
  options: readonly { value: T; label: ReactNode }[]
  'aria-label': string
  size?: 'sm' | 'md'
}

/** 2 to 5 exclusive views, side by side. Arrow keys move, as in any radio group. */
export function Segmented<T extends string>({ value, onChange, options, size = 'sm', ...rest }: SegmentedProps<T>) {
  const name = useId()
  return (
    <div role="radiogroup" className={cx(css.segmented, css[size])} {...rest}>
      {options.map((option) => (
        <label key={option.value} className={css.segment}>
          <input
            type="radio"
            name={name}
            className="visually-hidden"
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </div>
  )
}

export interface SliderProps extends Omit<ComponentPropsWithRef<'input'>, 'onChange' | 'value' | 'type'> {
  value: number
  onChange: (value: number) => void
  min: number
  max: number
  step?: number
  /** Colour of the part up to the thumb, of the part behind it. */
  colors?: readonly [string, string]
}

export function Slider({ value, onChange, colors, className, ...rest }: SliderProps) {
  const share = (value - rest.min) / (rest.max - rest.min || 1)
  // Custom properties are unknown to the type.
  const style = { '--share': share, ...(colors ? { '--from': colors[0], '--to': colors[1] } : {}) } as CSSProperties
  return (
    <input
      type="range"
      className={cx(css.slider, className)}
      style={style}
      value={value}
      onChange={(event) => onChange(event.target.valueAsNumber)}
      {...useFieldProps()}
      {...rest}
    />
  )
}
