import { Link } from '../components/Link.tsx'
import { AdminIcon, ChevronDownIcon, LogOutIcon, MoreIcon, PlusIcon, UserIcon } from '../components/icons.ts'
import { Person } from '../components/Marks.tsx'
import { Menu, type MenuItem } from '../components/Menu.tsx'
import { StatusMark, statusWord } from '../components/Status.tsx'
import { type Theme, useTheme } from '../lib/theme.ts'
import { t } from '../text/t.ts'
import type { AppShellProps } from './AppShell.tsx'
import css from './Rail.module.css'
import type { NavEntry } from './types.ts'

/** At the left: project, sections with their counts, the user at the foot. Folded it is icons with tips. */
export function Rail(props: AppShellProps & { folded: boolean }) {
  return (
    <aside className={css.rail} data-folded={props.folded || undefined} aria-label={t('nav.label')}>
      <ProjectMenu {...props} />
      <nav className={css.nav} aria-label={t('nav.label')}>
        {props.nav.map((group, index) => (
          <ul key={index} className={css.group}>
            {group.map((entry) => (
              <li key={entry.to}>
                <Entry entry={entry} folded={props.folded} />
              </li>
            ))}
          </ul>
        ))}
      </nav>
      <UserMenu {...props} />
    </aside>
  )
}

function Entry({ entry, folded }: { entry: NavEntry; folded: boolean }) {
  const name = spokenEntry(entry)
  return (
    <Link
      to={entry.to}
      className={css.entry}
      aria-current={entry.current ? 'page' : undefined}
      {...(folded ? { 'aria-label': name, 'data-tip': name } : {})}
    >
      <entry.icon aria-hidden />
      <span className={css.label}>{entry.label}</span>
      {entry.count === undefined ? null : (
        <span className={css.count}>
          {entry.status === undefined ? null : <StatusMark status={entry.status} size={12} label={false} />}
          {entry.count}
          {entry.status === undefined ? null : <span className="visually-hidden">{statusWord(entry.status)}</span>}
        </span>
      )}
    </Link>
  )
}

/** “Services, 4, Unhealthy”: the count as a reader of the screen hears it. */
function spokenEntry({ label, count, status }: NavEntry): string {
  if (count === undefined) return label
  return t('nav.count', { name: label, count, status: status === undefined ? '' : statusWord(status) }).trim()
}

/** The square with the first letter; the only dark thing in the rail. */
export function ProjectMark({ name, admin = false }: { name: string; admin?: boolean }) {
  return (
    <span className={css.square} aria-hidden>
      {admin ? <AdminIcon aria-hidden /> : ([...name][0] ?? '').toLocaleUpperCase()}
    </span>
  )
}

export function projectItems({ projects, project, onCreateProject, adminTo }: AppShellProps): MenuItem[] {
  return [
    { heading: t('projects.mine') },
    ...projects.map((one) => ({
      label: one.name,
      to: one.to,
      current: one.slug === project?.slug,
      leading: <ProjectMark name={one.name} />,
    })),
    ...(onCreateProject || adminTo ? (['line'] as const) : []),
    ...(onCreateProject ? [{ label: t('projects.create'), icon: PlusIcon, onSelect: onCreateProject }] : []),
    ...(adminTo === undefined ? [] : [{ label: t('projects.admin'), icon: AdminIcon, to: adminTo }]),
  ]
}

function ProjectMenu(props: AppShellProps & { folded: boolean }) {
  const name = props.project?.name ?? props.area ?? ''
  return (
    <Menu
      align="start"
      width={240}
      items={() => projectItems(props)}
      trigger={(trigger) => (
        <button
          type="button"
          className={css.project}
          {...(props.folded ? { 'aria-label': t('projects.switch', { name }), 'data-tip': name } : {})}
          {...trigger}
        >
          <ProjectMark name={name} admin={props.project === null} />
          <span className={css.projectName}>{name}</span>
          <ChevronDownIcon aria-hidden className={css.chevron} />
        </button>
      )}
    />
  )
}

const themes: readonly Theme[] = ['system', 'light', 'dark']

/** Theme, account, log out. */
export function useUserItems(user: AppShellProps['user']): () => MenuItem[] {
  const { chosen, choose } = useTheme()
  return () => [
    ...(user.accountTo === undefined
      ? []
      : [{ label: t('user.account'), icon: UserIcon, to: user.accountTo }, 'line' as const]),
    { heading: t('theme.title') },
    ...themes.map((theme) => ({
      label: t(`theme.${theme}`),
      current: theme === chosen,
      onSelect: () => choose(theme),
    })),
    'line' as const,
    { label: t('user.logout'), icon: LogOutIcon, onSelect: user.onLogout },
  ]
}

function UserMenu({ user, folded }: AppShellProps & { folded: boolean }) {
  const items = useUserItems(user)
  return (
    <Menu
      align="start"
      side="top"
      width={208}
      items={items}
      trigger={(trigger) => (
        <button
          type="button"
          className={css.user}
          {...(folded ? { 'aria-label': t('user.menu', { name: user.name }), 'data-tip': user.name } : {})}
          {...trigger}
        >
          <Person name={user.name} size={24} />
          <MoreIcon aria-hidden className={css.chevron} />
        </button>
      )}
    />
  )
}
