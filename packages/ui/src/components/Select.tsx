import { Select as Base } from '@base-ui/react/select'
import type { ReactNode } from 'react'
import { cx } from '../lib/cx.ts'
import { useFieldProps } from './Field.tsx'
import { CheckIcon, ChevronDownIcon, type Icon } from './icons.ts'
import input from './Input.module.css'
import menu from './Menu.module.css'
import css from './Select.module.css'

export interface SelectOption<T extends string> {
  value: T
  label: ReactNode
  /** Faint, at the right: what it brings. */
  hint?: ReactNode
  icon?: Icon
  disabled?: boolean
}

export interface SelectProps<T extends string> {
  value: T | null
  onChange: (value: T) => void
  options: readonly SelectOption<T>[]
  placeholder?: string
  /** `button` looks like an outline button, for tool bars. */
  look?: 'field' | 'button'
  size?: 'sm' | 'md' | 'touch'
  disabled?: boolean
  'aria-label'?: string
}

export function Select<T extends string>({
  value,
  onChange,
  options,
  placeholder,
  look = 'field',
  size = 'md',
  disabled = false,
  ...rest
}: SelectProps<T>) {
  const chosen = options.find((option) => option.value === value)
  return (
    <Base.Root value={value} disabled={disabled} onValueChange={(next) => (next === null ? undefined : onChange(next))}>
      <Base.Trigger
        className={cx(
          look === 'field' ? input.box : css.button,
          look === 'field' && input[size],
          css.trigger,
          css[size],
        )}
        {...useFieldProps()}
        {...rest}
      >
        {chosen?.icon ? <chosen.icon aria-hidden className={css.icon} /> : null}
        <span className={css.label}>{chosen?.label ?? <span className={css.hint}>{placeholder}</span>}</span>
        {chosen?.hint && look === 'field' ? <span className={css.hint}>{chosen.hint}</span> : null}
        <ChevronDownIcon aria-hidden className={css.chevron} />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className={menu.positioner} sideOffset={4} alignItemWithTrigger={false}>
          <Base.Popup className={cx(menu.popup, css.popup)}>
            {options.map((option) => (
              <Base.Item
                key={option.value}
                value={option.value}
                disabled={option.disabled ?? false}
                className={menu.item}
              >
                {option.icon ? <option.icon aria-hidden className={menu.icon} /> : null}
                <Base.ItemText className={menu.label}>{option.label}</Base.ItemText>
                {option.hint === undefined ? null : <span className={menu.hint}>{option.hint}</span>}
                <Base.ItemIndicator className={css.check}>
                  <CheckIcon aria-hidden />
                </Base.ItemIndicator>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
