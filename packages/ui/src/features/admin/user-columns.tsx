import type { User } from '@mllab/sdk'
import { IconButton } from '../../components/Button.tsx'
import { MoreIcon } from '../../components/icons.ts'
import { Badge, Person } from '../../components/Marks.tsx'
import { Menu, type MenuItem } from '../../components/Menu.tsx'
import { StatusText } from '../../components/Status.tsx'
import type { Column } from '../../components/table.ts'
import { RelativeTime } from '../../components/Values.tsx'
import { admin } from '../../text/en/admin.ts'
import { pageText } from '../../text/t.ts'
import css from './Admin.module.css'

const t = pageText(admin)

export type UserAction = 'enable' | 'disable' | 'delete' | 'promote' | 'demote' | 'password'

export function userColumns(me: string, onAction: (user: User, action: UserAction) => void): readonly Column<User>[] {
  return [
    {
      id: 'name',
      header: t('users.name'),
      width: 'minmax(180px, 2fr)',
      cell: (user) => (
        <span className={css.person}>
          <Person name={user.name} />
          {user.id === me ? <Badge>{t('users.you')}</Badge> : null}
        </span>
      ),
    },
    {
      id: 'username',
      header: t('users.username'),
      width: 'minmax(110px, 1fr)',
      cell: (user) => <code>{user.username}</code>,
    },
    {
      id: 'role',
      header: t('users.role'),
      width: '130px',
      cell: (user) => t(user.admin ? 'users.administrator' : 'users.member'),
    },
    {
      id: 'status',
      header: t('users.status'),
      width: '150px',
      cell: (user) =>
        user.status === 'pending' ? (
          <StatusText status="unhealthy">{t('users.pending')}</StatusText>
        ) : (
          t(`users.${user.status}`)
        ),
    },
    {
      id: 'created',
      header: t('users.created'),
      width: '110px',
      align: 'right',
      cell: (user) => <RelativeTime at={Date.parse(user.createdAt)} />,
    },
    {
      id: 'seen',
      header: t('users.seen'),
      width: '110px',
      align: 'right',
      cell: (user) =>
        user.lastLoginAt === null ? t('users.never') : <RelativeTime at={Date.parse(user.lastLoginAt)} />,
    },
    {
      id: 'more',
      header: '',
      name: t('nav.more'),
      width: '56px',
      align: 'right',
      cell: (user) => <UserMenu user={user} me={me} onAction={onAction} />,
    },
  ]
}

interface UserMenuProps {
  user: User
  me: string
  onAction: (user: User, action: UserAction) => void
}

export function UserMenu({ user, me, onAction }: UserMenuProps) {
  return (
    <Menu
      items={itemsFor(user, me, onAction)}
      trigger={(trigger) => <IconButton {...trigger} icon={MoreIcon} label={t('users.more', { name: user.name })} />}
    />
  )
}

/** Nobody locks himself out: the own account can only get another password. */
function itemsFor(user: User, me: string, onAction: UserMenuProps['onAction']): MenuItem[] {
  const item = (action: UserAction, label: string, danger = false): MenuItem => ({
    label,
    danger,
    onSelect: () => onAction(user, action),
    disabledBecause: user.id === me && action !== 'password' && t('users.self'),
  })
  return [
    item('password', t('users.setPassword')),
    user.admin ? item('demote', t('users.demote')) : item('promote', t('users.promote')),
    'line',
    user.status === 'disabled' ? item('enable', t('users.enable')) : item('disable', t('users.disable'), true),
    item('delete', t('users.delete'), true),
  ]
}
