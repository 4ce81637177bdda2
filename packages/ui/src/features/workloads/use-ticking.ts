import { useEffect, useState } from 'react'

/** The time in epoch milliseconds, renewed four times a second while something is measured on the page. */
export function useTicking(active: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!active) return
    const timer = window.setInterval(() => setNow(Date.now()), 250)
    return () => window.clearInterval(timer)
  }, [active])
  return now
}
