import {
  DataIcon,
  ExperimentIcon,
  HomeIcon,
  type Icon,
  MembersIcon,
  ModelIcon,
  ServiceIcon,
  SettingsIcon,
  WorkspaceIcon,
} from '../components/icons.ts'
import { addresses, type SectionName } from '../lib/address.ts'
import type { Status } from '../lib/status.ts'
import { t } from '../text/t.ts'
import type { NavEntry } from './types.ts'

/** How many of a section live, and the status that stands for them. */
export type SectionCounts = Partial<Record<SectionName, { count: number; status?: Status | undefined }>>

/**
 * The sections of a project in the order of the rail: work above the line, people and settings below. On phones those that are looked at
 * on the way stand in the bar; what is started and tended at a desk is under More.
 */
export function projectNav(project: string, current: SectionName, counts: SectionCounts): NavEntry[][] {
  const entry = (section: SectionName, label: string, icon: Icon, onPhone = false): NavEntry => ({
    label,
    icon,
    to: addresses.section(project, section),
    current: section === current,
    onPhone,
    ...counts[section],
  })
  return [
    [
      entry('', t('nav.home'), HomeIcon, true),
      entry('data', t('nav.data'), DataIcon, true),
      entry('experiments', t('nav.experiments'), ExperimentIcon, true),
      entry('models', t('nav.models'), ModelIcon, true),
      entry('workspaces', t('nav.workspaces'), WorkspaceIcon),
      entry('services', t('nav.services'), ServiceIcon),
    ],
    [entry('members', t('nav.members'), MembersIcon), entry('settings', t('nav.settings'), SettingsIcon)],
  ]
}
