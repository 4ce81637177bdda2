import type { ReactNode } from 'react'

/** A form that is sent by its button, and by Ctrl Enter from any of its fields. */
export function QuickForm({
  id,
  className,
  onSend,
  children,
}: {
  id?: string
  className?: string | undefined
  onSend: () => void
  children: ReactNode
}) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a shortcut for all fields; the button does the same
    <form
      id={id}
      className={className}
      onSubmit={(event) => {
        event.preventDefault()
        onSend()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
        event.preventDefault()
        onSend()
      }}
    >
      {children}
    </form>
  )
}
