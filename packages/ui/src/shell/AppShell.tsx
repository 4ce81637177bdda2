import { lazy, Suspense, useState, type ReactNode } from 'react'
import { folded as foldedQuery, phone as phoneQuery, useMedia } from '../lib/media.ts'
import { t } from '../text/t.ts'
import { ActivityMenu } from './ActivityMenu.tsx'
import css from './AppShell.module.css'
import { BottomBar } from './BottomBar.tsx'
import { LiveNotice } from './LiveNotice.tsx'
import { Rail } from './Rail.tsx'
import { useShortcuts } from './shortcuts.ts'
import { TopBar } from './TopBar.tsx'
import type { Activity, NavEntry, ShellProject } from './types.ts'

export interface AppShellProps {
  /** Null in areas that belong to no project: administration. */
  project: ShellProject | null
  /** Name of the area when there is no project. */
  area?: string
  projects: readonly ShellProject[]
  onCreateProject?: (() => void) | undefined
  adminTo?: string | undefined
  /** Two groups, divided by a line. */
  nav: readonly (readonly NavEntry[])[]
  user: { name: string; accountTo?: string; onLogout: () => void }
  activities: readonly Activity[]
  docsHref: string
  apiHref: string
  /** Since when the live connection is lost, epoch milliseconds. */
  offlineSince: number | null
  onFind: () => void
  children: ReactNode
}

const KeyboardHelp = lazy(() => import('./KeyboardHelp.tsx').then((chunk) => ({ default: chunk.KeyboardHelp })))

/** The frame around every page: rail, top bar, and on phones a bar at the foot. */
export function AppShell(props: AppShellProps) {
  const onPhone = useMedia(phoneQuery)
  const folded = useMedia(foldedQuery)
  const [keysOpen, setKeysOpen] = useState(false)
  useShortcuts({ nav: props.nav, onFind: props.onFind, onKeys: () => setKeysOpen(true) })
  const activity = <ActivityMenu activities={props.activities} touch={onPhone} />

  return (
    <div className={css.shell}>
      <a className={css.skip} href="#content" onClick={skip}>
        {t('nav.skip')}
      </a>
      {onPhone ? null : <Rail {...props} folded={folded} />}
      <div className={css.side}>
        <TopBar {...props} activity={activity} onPhone={onPhone} onKeys={() => setKeysOpen(true)} />
        <main id="content" className={css.main} tabIndex={-1}>
          {props.children}
        </main>
      </div>
      {onPhone ? <BottomBar {...props} /> : null}
      <LiveNotice since={props.offlineSince} />
      {keysOpen ? (
        <Suspense>
          <KeyboardHelp onClose={() => setKeysOpen(false)} />
        </Suspense>
      ) : null}
    </div>
  )
}

/** By hand: a `#content` address would be resolved against `<base>` and leave the page. */
function skip(event: { preventDefault: () => void }) {
  event.preventDefault()
  document.getElementById('content')?.focus()
}
