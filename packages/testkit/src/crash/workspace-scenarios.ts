import type { Caller } from './caller.ts'
import type { Scenario } from './scenarios.ts'
import type { Tenant } from './tenant.ts'
import { TOKEN } from './observe-workspaces.ts'

/** One with a file of its own and, as a file, a secret. */
const aWorkspace = async (tenant: Tenant, caller: Caller): Promise<string> => {
  const [there] = tenant.names('workspace', 'running')
  if (there !== undefined) return there
  const [resting] = tenant.names('workspace', 'stopped')
  if (resting !== undefined) {
    await tenant.startWorkspace(caller, resting)
    return resting
  }
  if (!tenant.names('secret').includes(TOKEN)) await tenant.putSecret(caller, TOKEN)
  const slug = await tenant.createWorkspace(caller)
  await tenant.writeFiles(caller, slug)
  return slug
}
const running = (tenant: Tenant) => tenant.names('workspace', 'running')[0] ?? ''
const aSnapshot = async (tenant: Tenant, caller: Caller) => {
  if (tenant.names('snapshot').length === 0) await tenant.takeSnapshot(caller, await aWorkspace(tenant, caller))
}
const anAccount = async (tenant: Tenant, caller: Caller) => {
  if (tenant.names('account').length === 0) await tenant.createAccount(caller)
}
const account = (tenant: Tenant) => tenant.names('account')[0] ?? ''

const take: Scenario = {
  prepare: aWorkspace,
  drive: (tenant, caller) => tenant.takeSnapshot(caller, running(tenant)),
}
const forget: Scenario = {
  prepare: aSnapshot,
  drive: (tenant, caller) => tenant.removeSnapshot(caller, tenant.names('snapshot')[0] ?? ''),
}
const restore: Scenario = {
  prepare: async (tenant, caller) => {
    await aSnapshot(tenant, caller)
    const slug = tenant.workspaceOf(tenant.names('snapshot')[0] ?? '')
    await tenant.writeFiles(caller, slug)
    if (tenant.names('workspace', 'running').includes(slug)) await tenant.stopWorkspace(caller, slug)
  },
  drive: (tenant, caller) => tenant.restoreSnapshot(caller, tenant.names('snapshot')[0] ?? ''),
}
const copy: Scenario = {
  prepare: async (tenant, caller) => {
    const slug = await aWorkspace(tenant, caller)
    // Of each copy another one would be copied.
    for (const other of tenant.names('workspace')) if (other !== slug) await tenant.removeWorkspace(caller, other)
  },
  drive: (tenant, caller) => tenant.copyWorkspace(caller, running(tenant)),
}
const change: Scenario = {
  prepare: aWorkspace,
  drive: (tenant, caller) => tenant.changeWorkspace(caller, running(tenant)),
}
const takeOver: Scenario = {
  prepare: async (tenant, caller) => tenant.changeWorkspace(caller, await aWorkspace(tenant, caller)),
  drive: (tenant, caller) => tenant.restartWorkspace(caller, running(tenant)),
}
const share: Scenario = {
  prepare: async (tenant, caller) => {
    const slug = await aWorkspace(tenant, caller)
    await tenant.setMember(caller, caller.guest.username)
    if (tenant.names('share').includes(slug)) await tenant.unshare(caller, slug)
  },
  drive: (tenant, caller) => tenant.share(caller, running(tenant)),
}
const unshare: Scenario = {
  prepare: async (tenant, caller) => {
    await share.prepare(tenant, caller)
    await tenant.share(caller, running(tenant))
    if (!tenant.names('link').includes(running(tenant))) await tenant.makeLink(caller, running(tenant))
  },
  drive: (tenant, caller) => tenant.unshare(caller, running(tenant)),
  after: (tenant, caller) => tenant.removeLink(caller, running(tenant)),
}
const putSecret: Scenario = {
  prepare: aWorkspace,
  drive: (tenant, caller) => tenant.putSecret(caller, TOKEN),
  // Its value is the one that its row says.
  after: (tenant, caller) => tenant.restartWorkspace(caller, running(tenant)),
}
const removeSecret: Scenario = {
  prepare: (tenant, caller) => tenant.putSecret(caller, 'REMOVED'),
  drive: (tenant, caller) => tenant.removeSecret(caller, 'REMOVED'),
  after: (tenant, caller) => tenant.putSecret(caller, 'REMOVED'),
}
const handOut: Scenario = {
  prepare: async (tenant, caller) => void (await tenant.createAccount(caller)),
  drive: (tenant, caller) => tenant.handOut(caller, tenant.names('account').at(-1) ?? ''),
  // Who got no answer asks again.
  after: (tenant, caller) => tenant.handOut(caller, tenant.names('account').at(-1) ?? ''),
}
const removeAccount: Scenario = {
  prepare: async (tenant, caller) => {
    await anAccount(tenant, caller)
    if (tenant.names('handed').includes(account(tenant))) return
    await tenant.handOut(caller, account(tenant))
    await tenant.putSecretOf(caller, account(tenant))
  },
  drive: (tenant, caller) => tenant.removeAccount(caller, account(tenant)),
}

/** Crash points of workspaces and of what belongs to them. */
export const workspaceScenarios: Readonly<Record<string, Scenario>> = {
  'volume-copy/whole': take,
  'snapshot/copied': take,
  'snapshot/forgotten': forget,
  'volume-copy/old-aside': restore,
  'volume-copy/placed': restore,
  'restore/copied': restore,
  'workspace-copy/filled': copy,
  'change/stored': change,
  'change/taken-over': takeOver,
  'start/secrets-given': takeOver,
  'share/stored': share,
  'share/ended': unshare,
  'secret/stored': putSecret,
  'secret/removed': removeSecret,
  'hand-out/project-there': handOut,
  'hand-out/made': handOut,
  'request/carried-out': handOut,
  'account/deleted': removeAccount,
  'account-purge/workspaces-deleted': removeAccount,
  'account-purge/project-deleted': removeAccount,
  'account-purge/secrets-erased': removeAccount,
}

/** One of each kind of recovery. */
export const workspacePoints: readonly string[] = [
  'snapshot/copied',
  'volume-copy/old-aside',
  'snapshot/forgotten',
  'workspace-copy/filled',
  'change/taken-over',
  'share/ended',
  'secret/stored',
  'hand-out/project-there',
  'request/carried-out',
  'account-purge/project-deleted',
]
