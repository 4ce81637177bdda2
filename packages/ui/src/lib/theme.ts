import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'

const key = 'lab-theme' // public/theme.js reads it before the first paint
const listeners = new Set<() => void>()

/** The theme that was chosen, and the one that is shown. */
export function useTheme(): { chosen: Theme; shown: 'light' | 'dark'; choose: (theme: Theme) => void } {
  const state = useSyncExternalStore(subscribe, snapshot)
  const [chosen, shown] = state.split('/') as [Theme, 'light' | 'dark'] // made by snapshot
  return { chosen, shown, choose: chooseTheme }
}

export function chooseTheme(theme: Theme) {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  try {
    if (theme === 'system') localStorage.removeItem(key)
    else localStorage.setItem(key, theme)
  } catch {
    // Storage may be forbidden; the choice then lasts until the page is left.
  }
  for (const listener of listeners) listener()
}

const dark = () => window.matchMedia('(prefers-color-scheme: dark)')

function snapshot(): string {
  const set = document.documentElement.dataset['theme']
  if (set === 'light' || set === 'dark') return `${set}/${set}`
  return `system/${dark().matches ? 'dark' : 'light'}`
}

function subscribe(changed: () => void): () => void {
  const system = dark()
  listeners.add(changed)
  system.addEventListener('change', changed)
  return () => {
    listeners.delete(changed)
    system.removeEventListener('change', changed)
  }
}
