import type { Caller } from './caller.ts'
import type { Random } from './random.ts'
import type { Tenant } from './tenant.ts'
import { TOKEN } from './observe-workspaces.ts'

/** What a tenant may do next, by how often. */
type Action = readonly [weight: number, act: (caller: Caller) => Promise<unknown>]

/** Enough of each that every check stays short. */
const MOST = {
  dataset: 6,
  run: 3,
  experiment: 3,
  service: 3,
  workspace: 2,
  snapshot: 2,
  secret: 3,
  account: 1,
} as const

/** Does one thing after another until its project is deleted. Fails with the error of the request that had no answer. */
export async function actUntilDeleted(tenant: Tenant, caller: Caller, random: Random): Promise<void> {
  while (tenant.ledger.known.has('project')) await pickAction(actionsOf(tenant, random), random)(caller)
}

function actionsOf(tenant: Tenant, random: Random): Action[] {
  const { names, upload } = tenant
  const few = (kind: keyof typeof MOST) => names(kind).length < MOST[kind]
  const each = (weight: number, things: readonly string[], act: (caller: Caller, name: string) => Promise<unknown>) =>
    things.length > 0 ? [[weight, (caller: Caller) => act(caller, random.pick(things))] as const] : []
  const when = (holds: boolean, weight: number, act: (caller: Caller) => Promise<unknown>) =>
    holds ? [[weight, act] as const] : []
  const files = names('dataset').filter((name) => name.startsWith('file'))
  const missing = Array.from({ length: upload?.parts ?? 0 }, (_, index) => index + 1).find(
    (number) => !upload?.received.has(number),
  )

  const without = (kind: string) => names('workspace').filter((slug) => !names(kind).includes(slug))
  const stopped = names('workspace', 'stopped')
  const restorable = names('snapshot').filter((name) => stopped.includes(tenant.workspaceOf(name)))
  const newSecret = names('secret').includes(TOKEN) ? `SECRET_${random.integer(1, 1_000_000)}` : TOKEN

  return [
    [2, tenant.describe],
    ...when(few('dataset'), 5, (caller) => tenant.putFile(caller)),
    ...each(2, files, tenant.putFile),
    ...each(3, names('dataset'), tenant.removeFile),
    ...when(few('dataset') && !upload, 6, (caller) => tenant.beginUpload(caller)),
    ...when(missing !== undefined, 8, (caller) => tenant.putPart(caller, missing ?? 0)),
    ...when(upload !== undefined && missing === undefined, 8, tenant.completeUpload),
    ...when(upload !== undefined, 1, tenant.abortUpload),
    [2, (caller) => tenant.setMember(caller, 'bob')],
    ...when(names('member').includes('bob'), 1, (caller) => tenant.removeMember(caller, 'bob')),
    ...when(few('experiment'), 2, tenant.createExperiment),
    ...when(few('run'), 2, tenant.createRun),
    ...each(6, names('run'), tenant.logRun),
    ...when(few('service'), 6, tenant.createService),
    ...each(4, names('service', 'running'), tenant.stopService),
    ...each(4, names('service', 'stopped'), tenant.startService),
    ...each(3, names('service'), tenant.restartService),
    ...each(3, names('service'), tenant.removeService),
    ...when(few('workspace'), 3, tenant.createWorkspace),
    ...each(2, names('workspace', 'running'), tenant.stopWorkspace),
    ...each(2, names('workspace', 'stopped'), tenant.startWorkspace),
    ...each(1, names('workspace', 'running'), tenant.restartWorkspace),
    ...each(1, names('workspace'), tenant.removeWorkspace),
    ...each(1, few('workspace') ? names('workspace', 'running') : [], (caller, slug) =>
      tenant.copyWorkspace(caller, slug),
    ),
    ...each(2, names('workspace', 'running'), tenant.changeWorkspace),
    ...each(2, names('workspace'), tenant.writeFiles),
    ...each(3, few('snapshot') ? names('workspace') : [], tenant.takeSnapshot),
    ...each(2, restorable, tenant.restoreSnapshot),
    ...each(2, names('snapshot'), tenant.removeSnapshot),
    ...each(2, names('member').includes('bob') ? without('share') : [], tenant.share),
    ...each(2, names('share'), tenant.unshare),
    ...each(1, without('link'), tenant.makeLink),
    ...each(1, names('link'), tenant.removeLink),
    ...when(few('secret'), 3, (caller) => tenant.putSecret(caller, newSecret)),
    ...each(2, names('secret'), tenant.putSecret),
    ...each(
      2,
      names('secret').filter((name) => name !== TOKEN),
      tenant.removeSecret,
    ),
    ...when(few('account'), 1, tenant.createAccount),
    ...each(
      1,
      names('account').filter((name) => !names('handed').includes(name)),
      tenant.handOut,
    ),
    ...each(1, names('account'), tenant.removeAccount),
    // Accounts would outlive it.
    ...when(names('account').length === 0, 1, tenant.removeProject),
  ]
}

function pickAction(actions: readonly Action[], random: Random): Action[1] {
  let left = random.integer(
    1,
    actions.reduce((sum, [weight]) => sum + weight, 0),
  )
  for (const [weight, act] of actions) {
    left -= weight
    if (left <= 0) return act
  }
  throw new Error('there is nothing to do')
}
