import type { ReactNode } from 'react'
import { IconButton } from '../components/Button.tsx'
import {
  BackIcon,
  ChevronDownIcon,
  CodeIcon,
  DocsIcon,
  HelpIcon,
  KeyboardIcon,
  SearchIcon,
} from '../components/icons.ts'
import { Link } from '../components/Link.tsx'
import { Keycap } from '../components/Marks.tsx'
import { Menu } from '../components/Menu.tsx'
import { t } from '../text/t.ts'
import type { AppShellProps } from './AppShell.tsx'
import { useCurrentCrumbs } from './crumbs.ts'
import { ProjectMark, projectItems } from './Rail.tsx'
import css from './TopBar.module.css'

interface TopBarProps extends AppShellProps {
  activity: ReactNode
  onPhone: boolean
  onKeys: () => void
}

/** Where the reader is, find and do, what goes on, help. On phones one step back. */
export function TopBar(props: TopBarProps) {
  const { onFind, onKeys, activity, docsHref, apiHref, onPhone } = props
  if (onPhone) {
    return (
      <header className={css.bar}>
        <PhoneCrumb {...props} />
        <IconButton icon={SearchIcon} size="touch" label={t('search.open')} onClick={onFind} className={css.end} />
        {activity}
      </header>
    )
  }
  return (
    <header className={css.bar}>
      <Breadcrumb />
      <button type="button" className={css.search} onClick={onFind}>
        <SearchIcon aria-hidden />
        <span className={css.searchWords}>{t('search.open')}</span>
        <Keycap keys={`${commandKey()} K`} />
      </button>
      {activity}
      <Menu
        items={[
          { label: t('help.docs'), icon: DocsIcon, href: docsHref },
          { label: t('help.api'), icon: CodeIcon, href: apiHref },
          { label: t('help.keys'), icon: KeyboardIcon, keys: '?', onSelect: onKeys },
        ]}
        label={t('help.title')}
        trigger={(trigger) => <IconButton {...trigger} icon={HelpIcon} size="md" label={t('help.title')} />}
      />
    </header>
  )
}

export const commandKey = () => (/Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl')

function Breadcrumb() {
  const crumbs = useCurrentCrumbs()
  return (
    <nav className={css.crumbs} aria-label={t('nav.breadcrumb')}>
      <ol>
        {crumbs.map((crumb, index) => (
          <li key={index} className={css.crumb}>
            {crumb.to === undefined ? (
              <span className={css.here} aria-current="page">
                {crumb.label}
              </span>
            ) : (
              <Link to={crumb.to}>{crumb.label}</Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  )
}

/** At the top of a section the project switcher, below it one step back. */
function PhoneCrumb(props: TopBarProps) {
  const above = useCurrentCrumbs().filter((crumb) => crumb.to !== undefined)
  const back = above.at(-1)
  const name = props.project?.name ?? props.area ?? ''
  if (above.length > 1 && back?.to !== undefined) {
    return (
      <Link to={back.to} className={css.back}>
        <BackIcon aria-hidden />
        <span className="visually-hidden">{t('nav.back')}</span>
        {back.label}
      </Link>
    )
  }
  return (
    <Menu
      align="start"
      width={280}
      items={() => projectItems(props)}
      trigger={(trigger) => (
        <button type="button" className={css.back} {...trigger}>
          <ProjectMark name={name} admin={props.project === null} />
          {name}
          <ChevronDownIcon aria-hidden />
        </button>
      )}
    />
  )
}
