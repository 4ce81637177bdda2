import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { platformPath } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { setupFactsQuery } from '../../lib/queries.ts'
import { Frame } from '../../shell/Frame.tsx'
import css from './Entry.module.css'

/** The frame of pages before the app, with what the server says about itself at the foot. */
export function EntryFrame({ children, beside }: { children: ReactNode; beside?: ReactNode }) {
  const facts = useQuery(setupFactsQuery(useApi())).data
  return (
    <Frame version={facts?.version ?? ''} docsHref={`${platformPath()}/app/docs/`} beside={beside}>
      {children}
    </Frame>
  )
}

/** A page that can only say something and show the way on. */
export function EntryWord({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <>
      <h1>{title}</h1>
      <p className={css.lead}>{children}</p>
      {action === undefined ? null : <div className={css.action}>{action}</div>}
    </>
  )
}
