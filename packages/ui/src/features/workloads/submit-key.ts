import type { KeyboardEvent } from 'react'

/** Ctrl Enter sends a form from any of its fields. */
export function submitOnCtrlEnter(submit: () => void) {
  return (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    submit()
  }
}
