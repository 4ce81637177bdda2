/** A check taken out of the platform: in `file` below `src`, `from` (which stands there once) becomes `to`. */
export interface PlatformMutation {
  readonly check: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** Part of the names of attacks that should notice. If none does, all are tried. */
  readonly noticedBy: string
}

export const PLATFORM_MUTATIONS: readonly PlatformMutation[] = [
  {
    check: 'foreign origins of writes',
    noticedBy: 'a write from',
    file: 'edges/http/credentials.ts',
    from: 'origin !== undefined && origin !== ownOrigin',
    to: 'false',
  },
  {
    check: 'sites of writes',
    noticedBy: 'a write from',
    file: 'edges/http/credentials.ts',
    from: "if (site !== undefined && site !== 'same-origin') throw",
    to: 'if (false) throw',
  },
  {
    check: 'sites of reads',
    noticedBy: 'a read from',
    file: 'edges/http/credentials.ts',
    from: "} else if (site !== undefined && site !== 'same-origin' && site !== 'none')",
    to: '} else if (false)',
  },
  {
    check: 'writes that do not say from where',
    noticedBy: 'a write that does not',
    file: 'edges/http/credentials.ts',
    from: 'changesState(question.method) &&',
    to: 'false &&',
  },
  {
    check: 'a token before a session',
    noticedBy: 'a bad token',
    file: 'edges/http/credentials.ts',
    from: 'if (header !== undefined) return fromAuthorization(header)',
    to: '',
  },
  {
    check: 'sessions that come twice',
    noticedBy: 'a session twice',
    file: 'edges/http/cookies.ts',
    from: 'values.length === 1 ? values[0]',
    to: 'values.length > 0 ? values.at(-1)',
  },
  {
    check: 'HttpOnly',
    noticedBy: 'scripts or neighbours',
    file: 'edges/http/cookies.ts',
    from: "\n    'HttpOnly',",
    to: '',
  },
  {
    check: 'SameSite',
    noticedBy: 'scripts or neighbours',
    file: 'edges/http/cookies.ts',
    from: "\n    'SameSite=Lax',",
    to: '',
  },
  {
    check: 'Secure',
    noticedBy: 'scripts or neighbours',
    file: 'edges/http/cookies.ts',
    from: "trustworthy(reached) ? ['Secure'] : []",
    to: 'trustworthy(reached) ? [] : []',
  },
  {
    check: 'logins from elsewhere',
    noticedBy: 'a login from',
    file: 'edges/http/binder.ts',
    from: "endpoint.access.who === 'anyone' && request.headers.authorization === undefined",
    to: 'false',
  },
  {
    check: 'types of bodies',
    noticedBy: 'a write as text',
    file: 'edges/http/binder.ts',
    from: "if (!type?.startsWith('application/json'))",
    to: 'if (false)',
  },
  {
    check: 'frames',
    noticedBy: 'in a frame',
    file: 'edges/http/http.ts',
    from: "'x-frame-options': 'SAMEORIGIN',",
    to: '',
  },
  {
    check: 'resources of ours elsewhere',
    noticedBy: 'in a frame',
    file: 'edges/http/http.ts',
    from: "'cross-origin-resource-policy': 'same-origin',",
    to: '',
  },
  {
    check: 'windows that were opened',
    noticedBy: 'in a frame',
    file: 'edges/http/http.ts',
    from: "'cross-origin-opener-policy': 'same-origin',",
    to: '',
  },
  {
    check: 'the origin of the live websocket',
    noticedBy: 'the live websocket',
    file: 'edges/mount.ts',
    from: "credentialFrom('POST', request.headers",
    to: "credentialFrom('GET', request.headers",
  },
  {
    check: 'one use of a ticket',
    noticedBy: 'a ticket twice',
    file: 'edges/apps/app-access.ts',
    from: '|| !(await takeTicket(signed))',
    to: '',
  },
  {
    check: 'the app of a ticket',
    noticedBy: 'a ticket for another',
    file: 'edges/apps/app-access.ts',
    from: 'if (signed?.label !== label ||',
    to: 'if (!signed ||',
  },
  {
    check: 'what a signature was made for',
    noticedBy: 'a ticket as a cookie',
    file: 'edges/apps/app-access.ts',
    from: 'signed.use === use &&',
    to: '',
  },
  {
    check: 'signatures',
    noticedBy: 'a forged cookie',
    file: 'edges/apps/app-access.ts',
    from: 'expected.length !== given.length || !timingSafeEqual(expected, given)',
    to: 'false',
  },
  {
    check: 'the app of a cookie',
    noticedBy: 'the cookie of another',
    file: 'edges/apps/app-access.ts',
    from: 'signed?.label === route.label ?',
    to: 'signed ?',
  },
  {
    check: 'the session of a link',
    noticedBy: 'a link of a session',
    file: 'edges/apps/app-access.ts',
    from: "access.actorOf({ kind: 'session', id: link.sessionId })",
    to: "{ ...(await import('../../modules/access/access.ts')).systemActor, name: 'ann', credential: { kind: 'session', id: '', expiresAt: null }, roles: new Map([[routes.byId(route.id)?.projectId ?? '', 'owner']]), scopes: 'all' } as never",
  },
  {
    check: 'owners of workspaces',
    noticedBy: 'of another member',
    file: 'edges/apps/app-access.ts',
    from: 'actor.principalId === facts.ownerId &&',
    to: '',
  },
  {
    check: 'where to return to',
    noticedBy: 'an address to return',
    file: 'edges/apps/open-page.ts',
    from: "isReturnPath(to) ? to : '/'",
    to: 'to',
  },

  // What is shared
  {
    check: 'shares that were ended',
    noticedBy: 'sharing: a guest with',
    file: 'modules/workspaces/shares.store.ts',
    from: ".selectAll('workspace_share')\n      .where('ended_at', 'is', null)",
    to: ".selectAll('workspace_share')",
  },
  {
    check: 'shares whose time is over',
    noticedBy: 'sharing: a link whose time',
    file: 'modules/workspaces/shares.store.ts',
    from: "eb('expires_at', '>', nowMs)",
    to: "eb('expires_at', '>', 0)",
  },
  {
    check: 'when a guest’s time is over',
    noticedBy: 'sharing: a guest when',
    file: 'edges/apps/app-access.ts',
    from: 'ends.length > 0 ? Math.min(...ends) : null',
    to: 'null',
  },
  {
    check: 'whom a share is for',
    noticedBy: 'sharing: a member',
    file: 'modules/workspaces/shares.store.ts',
    from: ".where('principal_id', '=', principalId)\n            .where('workload_id', 'in', workloadIds)",
    to: ".where('workload_id', 'in', workloadIds)",
  },
  {
    check: 'which workspace a share is of',
    noticedBy: 'sharing: a guest in another',
    file: 'modules/workspaces/shares.store.ts',
    from: ".where('workload_id', 'in', workloadIds)",
    to: '',
  },
  {
    check: 'which port a share is of',
    noticedBy: 'sharing: a guest of one port',
    file: 'modules/workspaces/shares.ts',
    from: 'rows.filter(({ route_id }) => route_id === null || route_id === facts.id)',
    to: 'rows',
  },
  {
    check: 'guests who left the project',
    noticedBy: 'sharing: a guest who is not',
    file: 'modules/workspaces/shares.ts',
    from: 'if (!actor.roles.has(facts.projectId) && !(await store.isPersonal(facts.projectId))) return undefined',
    to: '',
  },
  {
    check: 'outsiders with a link',
    noticedBy: 'sharing: a link in the hands',
    file: 'modules/workspaces/shares.ts',
    from: 'await requireAdmissible(workload, actor.principalId)',
    to: '',
  },
  {
    check: 'who came by a link that was withdrawn',
    noticedBy: 'sharing: a link that was withdrawn',
    file: 'modules/workspaces/shares.store.ts',
    from: "eb.or([eb('id', '=', id), eb('link_id', '=', id)])",
    to: "eb('id', '=', id)",
  },
  {
    check: 'what is known of a share that ended',
    noticedBy: 'sharing: a guest with a token',
    file: 'modules/workspaces/shares.ts',
    // Either of the two is enough on one server; the version is for the others.
    from: `[access.store.bumpStep(), store.endStep(row.id, now)],
          [event('workspace.unshared', actor, workload, row)],
        )
      } catch (error) {
        if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: 'share' }, { cause: error })
        throw error
      }
      crashPoint('share/ended')
      access.changed()`,
    to: `[store.endStep(row.id, now)],
          [event('workspace.unshared', actor, workload, row)],
        )
      } catch (error) {
        if (error instanceof ExpectationError) throw new LabError('NOT_FOUND', { what: 'share' }, { cause: error })
        throw error
      }
      `,
  },
  {
    check: 'tickets of who was let out',
    noticedBy: 'sharing: a guest with a ticket',
    file: 'edges/apps/app-access.ts',
    from: 'takeTicket(signed))) return undefined\n      const actor = await access.actorOf(signed.from)\n      return actor && (await entranceOf(actor, facts)) ?',
    to: 'takeTicket(signed))) return undefined\n      const actor = await access.actorOf(signed.from)\n      return actor ?',
  },
  {
    check: 'who shares a workspace',
    noticedBy: 'sharing: a guest who lets',
    file: 'modules/workspaces/workspaces.policy.ts',
    from: 'workload.ownerId === actor.principalId && actor.kind',
    to: 'actor.kind',
  },
  {
    check: 'owners where workspaces share our origin',
    noticedBy: 'sharing: a guest at an address',
    file: 'edges/apps/app-access.ts',
    from: 'owner: facts.ownerId === actor.principalId',
    to: 'owner: true',
  },
]
