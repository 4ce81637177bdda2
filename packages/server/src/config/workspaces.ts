import { decimal, flag, integer, list, oneOf, variables } from './parsers.ts'
import { setting } from './setting.ts'

/** Who may have which workspaces, and what each of them gets. */
export const workspaces = {
  workspaceHandOut: setting({
    name: 'LAB_WORKSPACE_HAND_OUT',
    byDefault: 'true',
    meaning: 'Administrators may make workspaces for other people. The administration page wins over this.',
    parse: flag,
  }),
  workspaceMembers: setting({
    name: 'LAB_WORKSPACE_MEMBERS',
    byDefault: 'named',
    meaning:
      'What ordinary users may make for themselves. named: any workspace. default: one, in their personal project. none: only what administrators hand out. The administration page wins over this.',
    parse: oneOf('named', 'default', 'none'),
  }),
  workspaceMembersMost: setting({
    name: 'LAB_WORKSPACE_MEMBERS_MOST',
    byDefault: '0',
    meaning:
      'How many workspaces an ordinary user may own before making another; 0 for any number. The administration page wins over this.',
    parse: integer(0, 1000),
  }),
  workspaceAdministrators: setting({
    name: 'LAB_WORKSPACE_ADMINISTRATORS',
    byDefault: 'named',
    meaning: 'What administrators may make for themselves; see LAB_WORKSPACE_MEMBERS.',
    parse: oneOf('named', 'default', 'none'),
  }),
  workspaceAdministratorsMost: setting({
    name: 'LAB_WORKSPACE_ADMINISTRATORS_MOST',
    byDefault: '0',
    meaning: 'How many workspaces an administrator may own before making another; 0 for any number.',
    parse: integer(0, 1000),
  }),
  workspaceImages: setting({
    name: 'LAB_WORKSPACE_IMAGES',
    byDefault: '*',
    meaning:
      'Images people may name for a workspace, separated by commas; * stands for any letters. Profiles that administrators declare, and the image of the default workspace, need not be among them.',
    parse: list,
  }),
  workspaceEnv: setting({
    name: 'LAB_WORKSPACE_ENV',
    byDefault: '',
    meaning:
      'Variables of every workspace from its next start on: NAME=value, separated by commas, or a JSON object. Profiles and people may set other values. No place for secrets: all see it.',
    parse: variables,
  }),
  workspaceCpus: setting({
    name: 'LAB_WORKSPACE_CPUS',
    byDefault: '',
    meaning: 'Processors of a workspace for which nobody asks for others. No limit of its own if empty.',
    parse: decimal(0.1, 1024),
  }),
  workspaceMemoryGb: setting({
    name: 'LAB_WORKSPACE_MEMORY_GB',
    byDefault: '',
    meaning: 'Gigabytes of memory of a workspace for which nobody asks for others. No limit of its own if empty.',
    parse: decimal(0.25, 4096),
  }),
  workspaceStorageGb: setting({
    name: 'LAB_WORKSPACE_STORAGE_GB',
    byDefault: '',
    meaning:
      'Gigabytes the files of a workspace may take; more is shown as a warning and refused nothing. SERVICES_STORAGE_LIMIT if empty.',
    parse: decimal(0.1, 100_000),
  }),
  cpuLimit: setting({
    name: 'SERVICES_CPU_LIMIT',
    byDefault: '8',
    meaning: 'The most processors a workspace or service may have; who asks for more is refused.',
    parse: decimal(0.1, 1024),
  }),
  memoryLimitGb: setting({
    name: 'SERVICES_MEMORY_LIMIT',
    byDefault: '100',
    meaning: 'The most gigabytes of memory a workspace or service may have; who asks for more is refused.',
    parse: decimal(0.25, 4096),
  }),
  storageLimitGb: setting({
    name: 'SERVICES_STORAGE_LIMIT',
    byDefault: '100',
    meaning: 'The most gigabytes the files of a workspace should take. A soft limit: passing it is shown as a warning.',
    parse: decimal(0.1, 100_000),
  }),
} as const
