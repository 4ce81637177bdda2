import type { WorkspaceProfile } from '@mllab/sdk'
import { IconButton } from '../../../components/Button.tsx'
import { MoreIcon } from '../../../components/icons.ts'
import { Badge } from '../../../components/Marks.tsx'
import { Menu } from '../../../components/Menu.tsx'
import type { Column } from '../../../components/table.ts'
import { RelativeTime } from '../../../components/Values.tsx'
import { limitsOf } from '../../workspaces/form/ProfileFields.tsx'
import workloads from '../../workloads/Workloads.module.css'
import css from './Profiles.module.css'
import { words } from './words.ts'

type OnAction = (profile: WorkspaceProfile, action: 'edit' | 'delete') => void

/** `tight`: a form stands beside the list. */
export function profileColumns(onAction: OnAction, tight: boolean): readonly Column<WorkspaceProfile>[] {
  return [
    {
      id: 'name',
      header: words('name'),
      width: 'minmax(170px, 1.4fr)',
      cell: (profile) => (
        <span className={workloads.two}>
          <span className={css.name}>
            {profile.name} {profile.default ? <Badge>{words('default')}</Badge> : null}
          </span>
          <small>{profile.description}</small>
        </span>
      ),
    },
    {
      id: 'image',
      header: words('image'),
      width: 'minmax(120px, 1fr)',
      cell: ({ image }) => <code className={css.cell}>{image}</code>,
    },
    { id: 'limits', header: words('limits'), width: '110px', cell: limitsOf },
    ...(tight
      ? []
      : [
          {
            id: 'parameters',
            header: words('parameters'),
            width: 'minmax(120px, 1fr)',
            cell: ({ parameters }: WorkspaceProfile) => (
              <span className={css.cell}>
                {parameters.map(({ label }) => label).join(', ') || words('noParameters')}
              </span>
            ),
          },
          {
            id: 'changed',
            header: words('changed'),
            width: '110px',
            align: 'right' as const,
            cell: ({ updatedAt }: WorkspaceProfile) => <RelativeTime at={Date.parse(updatedAt)} />,
          },
        ]),
    {
      id: 'more',
      header: '',
      name: words('nav.more'),
      width: '56px',
      align: 'right',
      cell: (profile) => <ProfileMenu profile={profile} onAction={onAction} />,
    },
  ]
}

export function ProfileMenu({ profile, onAction }: { profile: WorkspaceProfile; onAction: OnAction }) {
  return (
    <Menu
      align="end"
      items={[
        { label: words('edit'), onSelect: () => onAction(profile, 'edit') },
        { label: words('delete.action'), danger: true, onSelect: () => onAction(profile, 'delete') },
      ]}
      trigger={(trigger) => <IconButton {...trigger} icon={MoreIcon} label={words('more', { name: profile.name })} />}
    />
  )
}
