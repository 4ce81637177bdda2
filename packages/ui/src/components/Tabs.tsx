import { useId, type KeyboardEvent, type ReactNode } from 'react'
import type { SearchParams } from '../lib/search.ts'
import { Badge } from './Marks.tsx'
import { Link } from './Link.tsx'
import css from './Tabs.module.css'

export interface TabLink {
  label: string
  count?: number | undefined
  to: string
  search?: SearchParams
  current: boolean
}

/** The parts of an object, 40 high. Each is an address, so they are links. */
export function TabLinks({ tabs, label }: { tabs: readonly TabLink[]; label: string }) {
  return (
    <nav className={css.tabs} aria-label={label}>
      {tabs.map((tab) => (
        <Link
          key={tab.label}
          to={tab.to}
          search={tab.search}
          className={css.tab}
          aria-current={tab.current ? 'page' : undefined}
        >
          {tab.label}
          {tab.count === undefined ? null : <Badge>{tab.count}</Badge>}
        </Link>
      ))}
    </nav>
  )
}

export interface TabsProps<T extends string> {
  value: T
  onChange: (value: T) => void
  tabs: readonly { value: T; label: ReactNode; count?: number }[]
  label: string
  /** At the right end of the line. */
  end?: ReactNode
  small?: boolean
  children: ReactNode
}

/** Views inside a panel that are no addresses: languages of code. Arrow keys move between them. */
export function Tabs<T extends string>({ value, onChange, tabs, label, end, small = false, children }: TabsProps<T>) {
  const id = useId()
  const move = (event: KeyboardEvent<HTMLElement>) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    const next = tabs[(tabs.findIndex((tab) => tab.value === value) + step + tabs.length) % tabs.length]
    if (!next) return
    onChange(next.value)
    event.currentTarget.querySelector<HTMLElement>(`[id="${id}-${next.value}"]`)?.focus()
  }
  return (
    <>
      <div className={css.line} data-small={small || undefined}>
        <div role="tablist" tabIndex={-1} className={css.tabs} aria-label={label} onKeyDown={move}>
          {tabs.map((tab) => (
            <button
              key={tab.value}
              type="button"
              role="tab"
              id={`${id}-${tab.value}`}
              className={css.tab}
              aria-selected={tab.value === value}
              aria-controls={`${id}-panel`}
              tabIndex={tab.value === value ? 0 : -1}
              onClick={() => onChange(tab.value)}
            >
              {tab.label}
              {tab.count === undefined ? null : <Badge>{tab.count}</Badge>}
            </button>
          ))}
        </div>
        {end}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`}>
        {children}
      </div>
    </>
  )
}
