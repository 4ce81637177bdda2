import {
  accountScopes,
  defaultProjectTokenScopes,
  defaultTokenScopes,
  projectActionNames,
  roleAllows,
  roles,
  workloadScopes,
  type Scope,
} from '../../packages/contract/src/index.ts'
import { code, markdownTable, page } from './markdown.ts'

/** Who may do what: roles in a project, scopes of tokens, tokens inside workloads. */
export function permissionsPage(): string {
  const kinds = Object.entries(workloadScopes)
  return page(
    'Permissions',
    `What is not allowed is refused. A project one is no member of does not exist: 404. In a project the role decides, and for tokens also
their scopes, which have the names of the actions. Administrators manage accounts and the instance; in projects they are what their role says.`,
    '## Roles',
    table(['action', ...roles], projectActionNames, (action) => roles.map((role) => roleAllows(role, action))),
    '## Scopes of tokens',
    `A token never does more than its maker may, whatever its scopes say. Without a choice it gets those marked here: a token of a person
ends after 90 days.`,
    table(['scope', 'token of a person', 'token of a project'], [...projectActionNames, ...accountScopes], (scope) => [
      defaultTokenScopes.includes(scope),
      isIn(defaultProjectTokenScopes, scope),
    ]),
    '## Tokens inside workloads',
    `Each workload has a token of its own in \`LAB_API_TOKEN\`, for its project only. It is void when the workload stops, is deleted, or its owner
leaves the project.`,
    table(['scope', ...kinds.map(([kind]) => kind)], projectActionNames, (scope) =>
      kinds.map(([, granted]) => isIn(granted, scope)),
    ),
  )
}

function table<Name extends string>(
  header: readonly string[],
  names: readonly Name[],
  allowed: (name: Name) => readonly boolean[],
): string {
  const rows = names.map((name) => [code(name), ...allowed(name).map((yes) => (yes ? 'yes' : ''))])
  return markdownTable(header, rows)
}

function isIn(granted: readonly Scope[], scope: Scope): boolean {
  return granted.includes(scope)
}
