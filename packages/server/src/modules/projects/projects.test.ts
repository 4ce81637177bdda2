import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createPostgresDatabase, dropPostgresDatabase } from '@mllab/testkit/postgres'
import { problemCode } from '@mllab/testkit/problem'
import { startTestServer, type TestPerson, type TestServer } from '@mllab/testkit/server'

describe.each(['sqlite', 'postgres'] as const)('projects (%s)', (dialect) => {
  let server: TestServer
  let mara: TestPerson
  let jonas: TestPerson
  let uri: string | undefined

  beforeAll(async () => {
    uri = dialect === 'postgres' ? await createPostgresDatabase({ empty: true }) : undefined
    server = await startTestServer(uri ? { env: { POSTGRES_CONNECTION_URI: uri } } : {})
    mara = await server.person('mara')
    jonas = await server.person('jonas')
  })
  afterAll(async () => {
    await server.close()
    if (uri) await dropPostgresDatabase(uri)
  })

  it('makes the creator the owner and derives the slug from the name [PRJ-01]', async () => {
    const project = await mara.api.projects.create({ body: { name: 'Wine quality' } })
    expect(project).toMatchObject({
      slug: 'wine-quality',
      name: 'Wine quality',
      role: 'owner',
      version: 1,
      createdBy: { username: 'mara' },
    })
    expect(project.can).toContain('project:write')
  })

  it('gives a taken slug a suffix instead of revealing who has it', async () => {
    await mara.api.projects.create({ body: { name: 'Churn' } })
    expect((await jonas.api.projects.create({ body: { name: 'Churn' } })).slug).toBe('churn-2')
    await expect(problemCode(jonas.api.projects.get({ params: { project: 'churn' } }))).resolves.toBe('NOT_FOUND')
  })

  it('shows a project to its members and to nobody else [PRJ-04, PRJ-06]', async () => {
    const { slug } = await mara.api.projects.create({ body: { name: 'Secret' } })
    for (const stranger of [jonas, server.admin]) {
      await expect(problemCode(stranger.api.projects.get({ params: { project: slug } }))).resolves.toBe('NOT_FOUND')
      expect((await stranger.api.projects.list({ query: {} })).items.map((item) => item.slug)).not.toContain(slug)
    }
    await mara.api.projects.setMember({ params: { project: slug, username: 'jonas' }, body: { role: 'viewer' } })
    expect(await jonas.api.projects.get({ params: { project: slug } })).toMatchObject({
      role: 'viewer',
      can: ['members:read'],
    })
    await expect(
      problemCode(jonas.api.projects.update({ params: { project: slug }, body: { name: 'Mine' } })),
    ).resolves.toBe('FORBIDDEN')
    await mara.api.projects.removeMember({ params: { project: slug, username: 'jonas' } })
    await expect(problemCode(jonas.api.projects.get({ params: { project: slug } }))).resolves.toBe('NOT_FOUND')
  })

  it('never loses its last owner, not even when two leave at once', async () => {
    const { slug } = await mara.api.projects.create({ body: { name: 'Owners' } })
    await expect(problemCode(mara.api.projects.leave({ params: { project: slug } }))).resolves.toBe('LAST_OWNER')
    await expect(
      problemCode(
        mara.api.projects.setMember({ params: { project: slug, username: 'mara' }, body: { role: 'viewer' } }),
      ),
    ).resolves.toBe('LAST_OWNER')
    await mara.api.projects.setMember({ params: { project: slug, username: 'jonas' }, body: { role: 'owner' } })
    const codes = await Promise.all([
      problemCode(mara.api.projects.leave({ params: { project: slug } })),
      problemCode(jonas.api.projects.leave({ params: { project: slug } })),
    ])
    expect(codes.toSorted()).toEqual(['LAST_OWNER', 'done'])
  })

  it('refuses a change that was made on an older version', async () => {
    const { slug, version } = await mara.api.projects.create({ body: { name: 'Versions' } })
    await mara.api.projects.update(
      { params: { project: slug }, body: { description: 'first' } },
      { headers: { 'if-match': String(version) } },
    )
    await expect(
      problemCode(
        mara.api.projects.update(
          { params: { project: slug }, body: { description: 'second' } },
          { headers: { 'if-match': String(version) } },
        ),
      ),
    ).resolves.toBe('VERSION_MISMATCH')
    expect(await mara.api.projects.get({ params: { project: slug } })).toMatchObject({
      description: 'first',
      version: 2,
    })
  })

  it('answers a repeated creation with the same project [Idempotency-Key]', async () => {
    const create = () =>
      mara.api.projects.create({ body: { name: 'Once' } }, { headers: { 'idempotency-key': `once-${dialect}` } })
    const first = await create()
    expect(await create()).toEqual(first)
    await expect(
      problemCode(
        mara.api.projects.create({ body: { name: 'Other' } }, { headers: { 'idempotency-key': `once-${dialect}` } }),
      ),
    ).resolves.toBe('IDEMPOTENCY_MISMATCH')
  })

  it('pages through projects in both orders, and refuses the cursor of another list', async () => {
    const pager = await server.person(`pager-${dialect}`)
    for (const name of ['b', 'a', 'd', 'c', 'e']) await pager.api.projects.create({ body: { name: `Page ${name}` } })
    const names: string[] = []
    let cursor: string | undefined
    do {
      const page = await pager.api.projects.list({ query: { limit: 2, sort: 'name', ...(cursor ? { cursor } : {}) } })
      names.push(...page.items.map((item) => item.name))
      cursor = page.next ?? undefined
    } while (cursor)
    expect(names).toEqual(['Page a', 'Page b', 'Page c', 'Page d', 'Page e'])
    const newest = await pager.api.projects.list({ query: { limit: 2, sort: '-created' } })
    expect(newest.items.map((item) => item.name)).toEqual(['Page e', 'Page c'])
    await expect(
      problemCode(pager.api.projects.list({ query: { sort: 'name', cursor: newest.next ?? '' } })),
    ).resolves.toBe('INVALID_CURSOR')
  })

  it('lets one person join by a link, once [PRJ-04]', async () => {
    const { slug } = await mara.api.projects.create({ body: { name: 'Invited' } })
    const guest = await server.person(`guest-${dialect}`)
    const invitation = await mara.api.projects.invite({ params: { project: slug }, body: { role: 'editor' } })
    expect(await server.anonymous.projects.invitation({ body: { secret: invitation.secret } })).toMatchObject({
      project: 'Invited',
      role: 'editor',
      invitedBy: 'mara',
    })
    const codes = await Promise.all(
      [1, 2].map(() => problemCode(guest.api.projects.acceptInvitation({ body: { secret: invitation.secret } }))),
    )
    expect(codes.toSorted()).toEqual(['LINK_EXPIRED', 'done'])
    expect(await guest.api.projects.get({ params: { project: slug } })).toMatchObject({ role: 'editor' })
    const withdrawn = await mara.api.projects.invite({ params: { project: slug }, body: { role: 'viewer' } })
    await mara.api.projects.withdrawInvitation({ params: { project: slug, id: withdrawn.id } })
    await expect(
      problemCode(jonas.api.projects.acceptInvitation({ body: { secret: withdrawn.secret } })),
    ).resolves.toBe('LINK_EXPIRED')
  })

  it('is gone for everybody at once when deleted, and its slug is never given away again', async () => {
    const { slug } = await mara.api.projects.create({ body: { name: 'Gone' } })
    await mara.api.projects.remove({ params: { project: slug } })
    await expect(problemCode(mara.api.projects.get({ params: { project: slug } }))).resolves.toBe('NOT_FOUND')
    expect((await jonas.api.projects.create({ body: { name: 'Gone' } })).slug).toBe('gone-2')
  })

  it('tells what happened, newest first', async () => {
    const { slug } = await mara.api.projects.create({ body: { name: 'Told' } })
    await mara.api.projects.setMember({ params: { project: slug, username: 'jonas' }, body: { role: 'viewer' } })
    const { items } = await mara.api.events.list({ params: { project: slug }, query: {} })
    expect(items.map((event) => [event.type, event.actor?.username])).toEqual([
      ['member.set', 'mara'],
      ['project.created', 'mara'],
    ])
  })
})
