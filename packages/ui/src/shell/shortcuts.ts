import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import type { NavEntry } from './types.ts'

interface Shortcuts {
  nav: readonly (readonly NavEntry[])[]
  onFind: () => void
  onKeys: () => void
}

/** A second key counts this long after `g`. */
const chordMs = 1200

/** Keys that work on every page: Ctrl K, ?, /, and `g` with the first letter of a section. */
export function useShortcuts(shortcuts: Shortcuts) {
  const navigate = useNavigate()
  const latest = useRef(shortcuts)
  useEffect(() => void (latest.current = shortcuts))
  useEffect(() => {
    let chordUntil = 0
    const key = (event: KeyboardEvent) => {
      const { nav, onFind, onKeys } = latest.current
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        return onFind()
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return
      if (event.timeStamp < chordUntil) {
        chordUntil = 0
        const entry = nav.flat().find((one) => one.label.toLowerCase().startsWith(event.key.toLowerCase()))
        if (entry) void navigate({ to: entry.to })
      } else if (event.key === 'g') chordUntil = event.timeStamp + chordMs
      else if (event.key === '?') onKeys()
      else if (event.key === '/') {
        const filter = document.querySelector<HTMLElement>('[data-filter]')
        if (filter) event.preventDefault()
        filter?.focus()
      }
    }
    document.addEventListener('keydown', key)
    return () => document.removeEventListener('keydown', key)
  }, [navigate])
}

const isTyping = (target: EventTarget | null) =>
  target instanceof Element &&
  target.closest(
    'input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable="true"], [role="dialog"], [role="menu"]',
  ) !== null
