import { LabError, WorkspaceRules, type WorkspaceAllowance } from '@mllab/contract'

import type { Outbox } from '../../core/outbox.ts'
import type { Settings } from '../../core/settings.ts'
import type { BatchStep, Database } from '../../ports/database.ts'
import type { Actor } from '../access/access.ts'

export type Rules = ReturnType<typeof createRules>

/** The default workspace of a person, or any other. */
export type WorkspaceKind = 'default' | 'named'

const KEY = 'workspaces.rules'
export const ALLOWANCE_STEP = 'workspaces of a person'

/** Who may have which workspaces: as the settings say, until administrators say it on their page. */
export function createRules({
  db,
  settings,
  outbox,
  byDefault,
}: {
  db: Database
  settings: Settings
  outbox: Outbox
  byDefault: WorkspaceRules
}) {
  const current = async (): Promise<WorkspaceRules & { source: 'settings' | 'page' }> => {
    const stored = await settings.get(KEY)
    return stored === undefined
      ? { ...byDefault, source: 'settings' }
      : { ...WorkspaceRules.parse(JSON.parse(stored)), source: 'page' }
  }

  const allowance = async (actor: Actor): Promise<WorkspaceAllowance> => {
    const { members, administrators } = await current()
    return actor.admin ? administrators : members
  }

  const event = (actor: Actor, rules: WorkspaceRules | undefined) => ({
    type: 'workspace-rules.set' as const,
    subject: { kind: 'workspace-rules', id: 'instance' },
    actorId: actor.principalId,
    payload: { rules: rules ?? 'settings' },
  })

  return {
    current,
    allowance,

    /** Whether somebody may make workspaces of a kind at all, however many he owns. */
    allows: async (actor: Actor, kind: WorkspaceKind): Promise<boolean> => covers(await allowance(actor), kind),

    /**
     * Steps that fail the batch, at `ALLOWANCE_STEP`, if the actor then owns more than he may. Throws `WORKSPACES_RESTRICTED` for a kind
     * that is not his to make.
     */
    makingSteps: async (actor: Actor, kind: WorkspaceKind): Promise<BatchStep[]> => {
      const { kinds, most } = await allowance(actor)
      if (!covers({ kinds }, kind)) throw new LabError('WORKSPACES_RESTRICTED', { reason: refusal(kinds) })
      return most === 0 ? [] : countSteps(db, actor.principalId, most)
    },

    /** What `ALLOWANCE_STEP` means to the person. */
    tooMany: async (actor: Actor): Promise<LabError> => {
      const { most } = await allowance(actor)
      return new LabError('WORKSPACES_RESTRICTED', {
        reason: `You may own ${most} ${most === 1 ? 'workspace' : 'workspaces'} here, and you do. Delete one first.`,
      })
    },

    /** Throws `WORKSPACES_RESTRICTED` where administrators do not hand out. */
    requireHandOut: async (): Promise<void> => {
      if ((await current()).handOut) return
      throw new LabError('WORKSPACES_RESTRICTED', {
        reason: 'Administrators hand out no workspaces here: people make their own.',
      })
    },

    // For administrators; the endpoints' access rules say so.

    set: async (actor: Actor, rules: WorkspaceRules) => {
      await settings.set(KEY, JSON.stringify(rules))
      await outbox.commit([], [event(actor, rules)])
      return current()
    },

    reset: async (actor: Actor): Promise<void> => {
      await settings.remove(KEY)
      await outbox.commit([], [event(actor, undefined)])
    },
  }
}

function covers({ kinds }: Pick<WorkspaceAllowance, 'kinds'>, kind: WorkspaceKind): boolean {
  return kinds === 'named' || kinds === kind
}

function refusal(kinds: WorkspaceAllowance['kinds']): string {
  return kinds === 'none'
    ? 'Workspaces are handed out by administrators here.'
    : 'Everybody has one default workspace here, and makes no others.'
}

/** The new one is stored before it is counted, and who counts holds the account, so that of two at once one is too many. */
function countSteps(db: Database, ownerId: string, most: number): BatchStep[] {
  return [
    {
      query: db.sql
        .updateTable('account')
        .set((eb) => ({ updated_at: eb.ref('updated_at') }))
        .where('principal_id', '=', ownerId)
        .compile(),
    },
    {
      name: ALLOWANCE_STEP,
      query: db.sql
        .selectFrom('workload')
        .select('owner_id')
        .where('kind', '=', 'workspace')
        .where('owner_id', '=', ownerId)
        .where('deleted_at', 'is', null)
        .groupBy('owner_id')
        .having((eb) => eb(eb.fn.countAll(), '>', most))
        .compile(),
      expect: 'none',
    },
  ]
}
