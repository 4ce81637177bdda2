import { GroupIcon, HomeIcon, MembersIcon, SettingsIcon, UserIcon, WorkspaceIcon } from '../components/icons.ts'
import { addresses } from '../lib/address.ts'
import type { NavEntry } from '../shell/types.ts'
import { t } from '../text/t.ts'

/** The rail where there is no project: the list of projects, the account, administration. */
export function areaNav(area: string, admin: boolean): NavEntry[][] {
  return [
    [
      { label: t('projects.mine'), icon: HomeIcon, to: addresses.projects, current: area === 'projects' || area === 'new', onPhone: true }, // prettier-ignore
      { label: t('area.account'), icon: UserIcon, to: addresses.account, current: area === 'account', onPhone: true },
    ],
    ...(admin
      ? [
          [
            {
              label: t('nav.users'),
              icon: MembersIcon,
              to: addresses.users,
              current: area === 'admin/users',
              onPhone: true,
            },
            {
              label: t('nav.workspaces'),
              icon: WorkspaceIcon,
              to: addresses.allWorkspaces,
              current: area === 'admin/workspaces',
              onPhone: true,
            },
            // On phones the bar holds the four before; these are behind More.
            {
              label: t('nav.profiles'),
              icon: GroupIcon,
              to: addresses.profiles,
              current: area === 'admin/profiles',
            },
            { label: t('nav.server'), icon: SettingsIcon, to: addresses.server, current: area === 'admin/server' },
          ],
        ]
      : []),
  ]
}
