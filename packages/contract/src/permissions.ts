/** What one may do in a project, and the least role that may. The names are also the scopes of tokens. */
export const projectActions = {
  'project:read': 'viewer',
  'project:write': 'owner',
  'members:read': 'viewer',
  'members:write': 'owner',
  'files:read': 'viewer',
  'files:write': 'editor',
  'runs:read': 'viewer',
  'runs:write': 'editor',
  'models:read': 'viewer',
  'models:write': 'editor',
  'workspaces:read': 'viewer',
  'workspaces:write': 'editor',
  'services:read': 'viewer',
  'services:write': 'editor',
  'services:call': 'viewer',
  'documents:read': 'viewer',
  'documents:write': 'editor',
  'secrets:read': 'editor',
  'secrets:write': 'editor',
  'tokens:write': 'owner',
} as const satisfies Record<string, Role>

export const roles = ['viewer', 'editor', 'owner'] as const
export type Role = (typeof roles)[number]

export type ProjectAction = keyof typeof projectActions

/** What one may do with the own account and the instance. */
export const accountScopes = ['account:read', 'account:write', 'projects:create', 'admin'] as const
export type AccountScope = (typeof accountScopes)[number]

export type Scope = ProjectAction | AccountScope

export const projectActionNames = Object.keys(projectActions) as ProjectAction[] // `Object.keys` forgets the key type
export const scopes: readonly Scope[] = [...projectActionNames, ...accountScopes]

/** What a token may do when its maker did not say: everything but administration, the account and the token list itself. */
export const defaultTokenScopes: readonly Scope[] = [
  ...projectActionNames.filter((action) => action !== 'tokens:write' && action !== 'members:write'),
  'account:read',
  'projects:create',
]

/** What a token of a project may do when its maker did not say: what an editor may. */
export const defaultProjectTokenScopes: readonly ProjectAction[] = projectActionNames.filter(
  (action) => projectActions[action] !== 'owner',
)

/** What the token inside a workload may do, by kind of workload. */
export const workloadScopes = {
  workspace: [
    'project:read',
    'members:read',
    'files:read',
    'files:write',
    'runs:read',
    'runs:write',
    'models:read',
    'models:write',
    'services:read',
    'services:call',
    'documents:read',
    'documents:write',
  ],
  service: [
    'project:read',
    'files:read',
    'runs:read',
    'models:read',
    'services:call',
    'documents:read',
    'documents:write',
  ],
} as const satisfies Record<string, readonly ProjectAction[]>

export type WorkloadKind = keyof typeof workloadScopes

const rank: Record<Role, number> = { viewer: 0, editor: 1, owner: 2 }

export function roleAllows(role: Role, action: ProjectAction): boolean {
  return rank[role] >= rank[projectActions[action]]
}

export function atLeast(role: Role, least: Role): boolean {
  return rank[role] >= rank[least]
}
