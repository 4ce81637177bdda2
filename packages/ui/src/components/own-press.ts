import type { RefObject } from 'react'

/** A press on the button of a popup closes it through the button; as a press outside it would close and open again. */
export function isOwnPress(details: { reason: string; event: Event }, anchor: RefObject<HTMLElement | null>): boolean {
  const { target } = details.event
  return (
    details.reason === 'outside-press' &&
    target instanceof Node &&
    anchor.current !== null &&
    anchor.current.contains(target)
  )
}
