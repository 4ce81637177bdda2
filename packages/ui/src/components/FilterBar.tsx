import { useId, useRef, useState, type KeyboardEvent } from 'react'
import { cx } from '../lib/cx.ts'
import {
  describeTerm,
  type FilterField,
  parseFilter,
  suggest,
  type Suggestion,
  writeFilter,
  writeTerm,
} from '../lib/filter.ts'
import { t } from '../text/t.ts'
import css from './FilterBar.module.css'
import { FilterIcon } from './icons.ts'
import { Chip } from './Marks.tsx'

export interface FilterBarProps {
  /** As it stands in the address: `status:running eta < 0.1`. */
  value: string
  onChange: (value: string) => void
  fields: readonly FilterField[]
  /** A filter of this list, for the empty field. */
  example: string
  className?: string
}

/** One field that holds chips and text. Enter makes a chip, Backspace takes the last one back, a chip is edited by a click. */
export function FilterBar({ value, onChange, fields, example, className }: FilterBarProps) {
  const [typed, setTyped] = useState('')
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  const terms = parseFilter(value)
  const offered = open ? suggest(typed, fields) : []

  const set = (text: string) => {
    setTyped('')
    setAt(-1)
    onChange(writeFilter(parseFilter(text)))
  }
  const add = (text: string) => (text.trim() === '' ? undefined : set(`${value} ${text}`))
  const without = (index: number) => writeFilter(terms.filter((_, other) => other !== index))

  function edit(index: number) {
    const term = terms[index]
    if (!term) return
    onChange(without(index))
    setTyped(writeTerm(term))
    input.current?.focus()
  }

  function take(suggestion: Suggestion) {
    const before = typed.replace(/\S*$/u, '')
    if (suggestion.complete) add(before + suggestion.insert)
    else {
      setTyped(before + suggestion.insert)
      setAt(-1)
      input.current?.focus()
    }
  }

  function key(event: KeyboardEvent<HTMLInputElement>) {
    const chosen = offered[at]
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setOpen(true)
      if (offered.length > 0) setAt((at + (event.key === 'ArrowDown' ? 1 : -1) + offered.length) % offered.length)
    } else if ((event.key === 'Enter' || event.key === 'Tab') && chosen) {
      event.preventDefault()
      take(chosen)
    } else if (event.key === 'Enter') add(typed)
    else if (event.key === 'Escape') {
      setOpen(false)
      setTyped('')
    } else if (event.key === 'Backspace' && typed === '' && terms.length > 0) {
      event.preventDefault()
      edit(terms.length - 1)
    }
  }

  return (
    <div className={cx(css.bar, className)}>
      <FilterIcon aria-hidden className={css.icon} />
      {terms.length > 0 ? (
        <ul className={css.chips}>
          {terms.map((term, index) => {
            const words = describeTerm(term, fields)
            return (
              <li key={index}>
                <Chip
                  field={words.field}
                  name={writeTerm(term)}
                  onEdit={() => edit(index)}
                  onRemove={() => onChange(without(index))}
                >
                  {words.value}
                </Chip>
              </li>
            )
          })}
        </ul>
      ) : null}
      <input
        ref={input}
        className={css.input}
        value={typed}
        placeholder={t('filter.placeholder', { example })}
        aria-label={t('filter.label')}
        role="combobox"
        aria-expanded={offered.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={at >= 0 && at < offered.length ? `${id}-${at}` : undefined}
        autoComplete="off"
        spellCheck={false}
        data-filter=""
        onChange={(event) => {
          setTyped(event.target.value)
          setOpen(true)
          setAt(-1)
        }}
        onClick={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={key}
      />
      <div
        id={`${id}-list`}
        className={css.list}
        role="listbox"
        aria-label={t('filter.label')}
        hidden={offered.length === 0}
      >
        {offered.map((suggestion, index) => (
          <div
            key={suggestion.insert}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            tabIndex={-1}
            className={css.option}
            // Before the input loses the focus.
            onPointerDown={(event) => {
              event.preventDefault()
              take(suggestion)
            }}
          >
            <span>{suggestion.label}</span>
            {suggestion.hint === undefined ? null : <span className={css.hint}>{suggestion.hint}</span>}
          </div>
        ))}
      </div>
    </div>
  )
}
