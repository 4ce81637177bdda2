import { Link } from '../components/Link.tsx'
import { MoreIcon } from '../components/icons.ts'
import { Menu } from '../components/Menu.tsx'
import { t } from '../text/t.ts'
import type { AppShellProps } from './AppShell.tsx'
import css from './BottomBar.module.css'
import { useUserItems } from './Rail.tsx'

/** The rail of phones: four sections and More. */
export function BottomBar({ nav, user }: AppShellProps) {
  const entries = nav.flat()
  const rest = entries.filter((entry) => !entry.onPhone)
  const userItems = useUserItems(user)
  return (
    <nav className={css.bar} aria-label={t('nav.label')}>
      {entries
        .filter((entry) => entry.onPhone)
        .slice(0, 4)
        .map((entry) => (
          <Link key={entry.to} to={entry.to} className={css.entry} aria-current={entry.current ? 'page' : undefined}>
            <entry.icon aria-hidden />
            {entry.label}
          </Link>
        ))}
      <Menu
        side="top"
        width={260}
        label={t('nav.more')}
        items={() => [
          ...rest.map(({ label, icon, to, current }) => ({ label, icon, to, ...(current ? { current } : {}) })),
          'line' as const,
          { heading: user.name },
          ...userItems(),
        ]}
        trigger={(trigger) => (
          <button
            type="button"
            className={css.entry}
            aria-current={rest.some((entry) => entry.current) ? 'page' : undefined}
            {...trigger}
          >
            <MoreIcon aria-hidden />
            {t('nav.more')}
          </button>
        )}
      />
    </nav>
  )
}
