import type { ReactNode } from 'react'
import { ChevronDownIcon } from '../components/icons.ts'
import { ExternalLink } from '../components/Link.tsx'
import { Menu } from '../components/Menu.tsx'
import { type Theme, useTheme } from '../lib/theme.ts'
import { t } from '../text/t.ts'
import css from './Frame.module.css'

/** A loss curve that settles is the L of Lab. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg className={css.mark} viewBox="0 0 24 24" width={size} height={size} aria-hidden>
      <path d="M5 3c0 9.5 2.5 15.5 10 16.5" />
      <circle cx="20" cy="20" r="2.4" />
    </svg>
  )
}

export interface FrameProps {
  version: string
  docsHref: string
  children: ReactNode
  /** A second column: what the server found out about itself. */
  beside?: ReactNode
}

const themes: readonly Theme[] = ['system', 'light', 'dark']

/** Pages before the app: log in, set up. No rail, no picture, no slogan. */
export function Frame({ version, docsHref, children, beside }: FrameProps) {
  const { chosen, choose } = useTheme()
  return (
    <div className={css.frame}>
      <header className={css.head}>
        <Mark />
        {t('app.name')}
      </header>
      <main className={css.main} data-wide={beside === undefined ? undefined : ''}>
        <div className={css.column}>{children}</div>
        {beside === undefined ? null : <div className={css.beside}>{beside}</div>}
      </main>
      <footer className={css.foot}>
        <span>{t('frame.version', { version })}</span>
        <span className={css.links}>
          <Menu
            side="top"
            items={themes.map((theme) => ({
              label: t(`theme.${theme}`),
              current: theme === chosen,
              onSelect: () => choose(theme),
            }))}
            trigger={(trigger) => (
              <button type="button" className={css.link} {...trigger}>
                {t('theme.choose', { name: t(`theme.${chosen}`) })} <ChevronDownIcon aria-hidden />
              </button>
            )}
          />
          <ExternalLink href={docsHref} className={css.link}>
            {t('help.docs')}
          </ExternalLink>
        </span>
      </footer>
    </div>
  )
}
