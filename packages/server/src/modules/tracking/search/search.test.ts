import { describeDatabases } from '@mllab/testkit/database'
import { sql } from 'kysely'
import { expect, it } from 'vitest'

import type { Database } from '../../../ports/database.ts'
import { problemOf, trackingRig, type TrackingRig } from '../rig.ts'
import type { ClientSearch } from './search.ts'
import { FEW_RUNS } from './selective.ts'

describeDatabases('searching runs', (open) => {
  const start = trackingRig(open)

  /** Names of all runs found, over pages of `limit`. */
  const names = async (
    { tracking, mara, project }: TrackingRig,
    { filter, orderBy = [], limit = 100, ...rest }: Partial<ClientSearch>,
  ) => {
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page = await tracking.search.search(mara, project, {
        experiments: [0],
        lifecycle: 'living',
        filter,
        orderBy,
        limit,
        cursor,
        ...rest,
      })
      found.push(...page.runs.map((run) => run.name))
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    return found.join(' ')
  }

  const wines = async () => {
    const rig = await start()
    const { tracking, mara, project, run, log } = rig
    const [a, b, c, d, e] = [
      await run('a', { startedAt: 1 }),
      await run('b', { startedAt: 2 }),
      await run('c', { startedAt: 3 }),
      await run('d', { startedAt: 4 }),
      await run('e', { startedAt: 5 }),
    ]
    await log(a, { metrics: [{ key: 'auc', value: 0.5 }], params: { lr: '0.1' }, tags: { team: 'red' } })
    await log(b, { metrics: [{ key: 'auc', value: 0.9 }], params: { lr: '0.2' }, tags: { team: 'Red wine' } })
    await log(c, { metrics: [{ key: 'auc', value: 'NaN' }], params: { lr: '0.1' } })
    await log(d, { metrics: [{ key: 'auc', value: 0.9 }, { key: 'loss', value: 'Infinity' }], tags: { team: 'blue' } }) // prettier-ignore
    await tracking.runs.update(mara, project, a.id, { status: 'finished', endedAt: 10 })
    await tracking.runs.update(mara, project, b.id, { status: 'failed', endedAt: 20 })
    return { ...rig, runs: { a, b, c, d, e } }
  }

  it('finds by metrics, params, tags and attributes', async () => {
    const rig = await wines()
    const find = (filter: string) => names(rig, { filter, orderBy: ['start_time ASC'] })
    expect(await find('metrics.auc > 0.5')).toBe('b d')
    expect(await find('metrics.auc >= 0.5 and metrics.auc < 0.9')).toBe('a')
    expect(await find('metrics.auc != 0.9')).toBe('a c')
    expect(await find('metrics.loss > 1000')).toBe('d')
    expect(await find('metrics.nothing > 0')).toBe('')
    expect(await find("params.lr = '0.1'")).toBe('a c')
    expect(await find("params.lr != '0.1'")).toBe('b')
    expect(await find('params.lr is null')).toBe('d e')
    expect(await find('tags.team is not null')).toBe('a b d')
    expect(await find('tags.nothing is null')).toBe('a b c d e')
    expect(await find("tags.team like 'red%'")).toBe('a')
    expect(await find("tags.team ilike 'red%'")).toBe('a b')
    expect(await find("tags.team = 'red' and metrics.auc > 0.4 and params.lr = '0.1'")).toBe('a')
    expect(await find("status = 'FINISHED'")).toBe('a')
    expect(await find("attributes.status in ('FINISHED', 'FAILED')")).toBe('a b')
    expect(await find("status not in ('FINISHED', 'FAILED')")).toBe('c d e')
    expect(await find("run_name = 'e'")).toBe('e')
    expect(await find('start_time > 2 and start_time <= 4')).toBe('c d')
    expect(await find('end_time < 15')).toBe('a')
    const { a, c } = rig.runs
    expect(await find(`run_id in ('${a.id.replaceAll('-', '')}', '${c.id.replaceAll('-', '')}')`)).toBe('a c')
    expect(await find(`run_id != '${a.id.replaceAll('-', '')}'`)).toBe('b c d e')
    expect(await find(`artifact_uri = 'mlflow-artifacts:/0/${a.id.replaceAll('-', '')}/artifacts'`)).toBe('a')
  })

  it('finds by what went in', async () => {
    const rig = await wines()
    const dataset = { name: 'wine', digest: 'd1', sourceType: 'local', source: '{}', schema: null, profile: null }
    const tags = [{ key: 'mlflow.data.context', value: 'train' }]
    await rig.tracking.inputs.log(rig.runs.b, [{ ...dataset, tags }], [])
    await rig.tracking.inputs.log(rig.runs.c, [{ ...dataset, digest: 'd2', tags: [] }], [])
    const find = (filter: string) => names(rig, { filter, orderBy: ['start_time'] })
    expect(await find("dataset.name = 'wine'")).toBe('b c')
    expect(await find("datasets.digest in ('d2')")).toBe('c')
    expect(await find("dataset.context like 'tr%'")).toBe('b')
  })

  it('sorts by anything, what is missing last, page by page', async () => {
    const rig = await wines()
    for (const limit of [1, 2, 100]) {
      const sort = (...orderBy: string[]) => names(rig, { orderBy, limit })
      expect(await sort()).toBe('e d c b a')
      expect(await sort('attributes.start_time ASC')).toBe('a b c d e')
      expect(await sort('metrics.auc DESC')).toBe('d b a c e')
      expect(await sort('metrics.auc')).toBe('a d b c e')
      expect(await sort('metrics.auc', 'start_time ASC')).toBe('a b d c e')
      expect(await sort('metrics.loss DESC', 'run_name ASC')).toBe('d a b c e')
      expect(await sort('params.lr')).toBe('c a b e d')
      expect(await sort('tags.team DESC')).toBe('a d b e c')
      expect(await sort('run_name DESC')).toBe('e d c b a')
      expect(await sort('end_time DESC')).toBe('b a e d c')
      expect(await sort('metrics.nothing')).toBe('e d c b a')
    }
    const filtered = { filter: 'metrics.auc > 0.1', orderBy: ['metrics.auc DESC'], limit: 1 }
    expect(await names(rig, filtered)).toBe('d b a')
  })

  it('walks several experiments as one, and leaves other projects alone', async () => {
    const rig = await wines()
    const { tracking, mara, project, other, run, log } = rig
    const { number } = await tracking.experiments.create(mara, project, { name: 'second' })
    await log(await run('f', { experiment: number, startedAt: 2 }), { metrics: [{ key: 'auc', value: 0.7 }] })
    await log(await run('g', { experiment: number, startedAt: 9 }), {})
    const far = await run('far', { project: other })
    await log(far, { metrics: [{ key: 'auc', value: 0.8 }] }, other)
    for (const limit of [1, 3, 100]) {
      expect(await names(rig, { experiments: [0, number, 77], limit })).toBe('g e d c f b a')
      expect(await names(rig, { experiments: [0, number], orderBy: ['metrics.auc'], limit })).toBe('a f d b c g e')
      expect(await names(rig, { experiments: [number], limit })).toBe('g f')
    }
    const list = await tracking.search.list(mara, project, { limit: 100, sort: '-metrics.auc', deleted: false })
    expect(list.items.map(({ name }) => name).join(' ')).toBe('d b f a c g e')
  })

  it('shows deleted runs only when asked', async () => {
    const rig = await wines()
    await rig.tracking.runs.remove(rig.mara, rig.project, rig.runs.b.id)
    expect(await names(rig, {})).toBe('e d c a')
    expect(await names(rig, { lifecycle: 'deleted', filter: 'metrics.auc > 0.1' })).toBe('b')
    expect(await names(rig, { lifecycle: 'all', orderBy: ['metrics.auc DESC'] })).toBe('d b a c e')
  })

  it('lists for people by name, status and metric, and refuses a cursor of another list', async () => {
    const { tracking, mara, project, runs } = await wines()
    const list = (request: Partial<Parameters<typeof tracking.search.list>[2]>) =>
      tracking.search.list(mara, project, { limit: 2, sort: '-started', deleted: false, ...request })
    expect((await list({ search: 'A' })).items.map(({ name }) => name)).toEqual(['a'])
    expect((await list({ status: 'failed' })).items.map(({ name }) => name)).toEqual(['b'])
    expect((await list({ sort: 'name' })).items.map(({ name }) => name)).toEqual(['a', 'b'])
    expect((await list({ experiment: 5 })).items).toEqual([])
    const { next } = await list({ sort: 'name' })
    expect((await list({ sort: 'name', cursor: next ?? '' })).items.map(({ name }) => name)).toEqual(['c', 'd'])
    expect(await problemOf(list({ cursor: next ?? '' }))).toMatch(/^INVALID_CURSOR/)
    expect(await problemOf(list({ sort: 'colour' }))).toMatch(/^INVALID_INPUT/)
    expect(await problemOf(list({ filter: 'x > 1' }))).toMatch(/Invalid attribute key 'x'/)
    expect(runs.e.status).toBe('running')
  })

  it('finds long values that differ only at their end', async () => {
    const rig = await start()
    const long = Array.from({ length: 3000 }, (_, index) => String.fromCodePoint(0x1f600 + (index % 40))).join('')
    await rig.log(await rig.run('a'), { params: { p: `${long}a` } })
    await rig.log(await rig.run('b'), { params: { p: `${long}b` } })
    expect(await names(rig, { filter: `params.p = '${long}b'` })).toBe('b')
  })

  it('gives the same answer whichever plan it takes', async () => {
    const rig = await start()
    const first = await rig.run('template')
    await rig.log(first, { metrics: [{ key: 'auc', value: 1 }], tags: { half: 'yes', rare: 'no' } })
    await many(rig.db, first.ref, FEW_RUNS * 2 + 500)
    const ask = async (filter: string, orderBy: string[]) => {
      const page = await rig.tracking.search.search(rig.mara, rig.project, {
        experiments: [0],
        lifecycle: 'living',
        filter,
        orderBy,
        limit: 5,
      })
      return page.runs.map(({ name }) => name).join(' ')
    }
    expect(await ask("tags.half = 'yes'", ['metrics.auc DESC'])).toBe('n4500 n4498 n4496 n4494 n4492')
    expect(await ask("tags.half = 'yes' and metrics.auc < 100", ['metrics.auc DESC'])).toBe('n98 n96 n94 n92 n90')
    expect(await ask("tags.rare = 'yes'", ['metrics.auc DESC'])).toBe('n4000 n3000 n2000 n1000')
    expect(await ask("tags.rare = 'yes' and tags.half = 'yes'", [])).toBe('n4000 n3000 n2000 n1000')
    const all = { experiments: [0], lifecycle: 'living', filter: undefined, orderBy: [], limit: 50_000 } as const
    const { runs: everything } = await rig.tracking.search.search(rig.mara, rig.project, all)
    const refs = everything.map(({ ref }) => ref)
    expect(refs).toHaveLength(FEW_RUNS * 2 + 501)
    expect((await rig.tracking.inputs.datasetsOf(refs)).size).toBe(0)
  })
})

/** Runs n1, n2, … with `auc` as their number; every second is `half`, every thousandth `rare`. */
async function many(db: Database, template: number, count: number): Promise<void> {
  const numbers = sql`with recursive n(i) as (select 1 union all select i + 1 from n where i < cast(${count} as bigint))`
  const run = sql`(select ref from run where id = 'n' || i)`
  const key = (name: string) => sql`(select id from key_ref where name = ${name})`
  const experiment = sql`(select experiment from run where ref = ${template})`
  await db.transaction(
    async (trx) => {
      await sql`insert into run (id, project_id, experiment, name, status, user_name, created_by, started_at)
        ${numbers} select 'n' || i, r.project_id, r.experiment, 'n' || i, 'running', '', '', i from n cross join run r where r.ref = ${template}`.execute(
        trx,
      )
      await sql`insert into latest_metric (run, key, experiment, step, at, value, is_nan)
        ${numbers} select ${run}, ${key('auc')}, ${experiment}, 0, 0, i, 0 from n`.execute(trx)
      await sql`insert into run_tag (run, key, experiment, value)
        ${numbers} select ${run}, ${key('half')}, ${experiment}, case when i % 2 = 0 then 'yes' else 'no' end from n`.execute(
        trx,
      )
      await sql`insert into run_tag (run, key, experiment, value)
        ${numbers} select ${run}, ${key('rare')}, ${experiment}, case when i % 1000 = 0 then 'yes' else 'no' end from n`.execute(
        trx,
      )
    },
    { timeoutMs: 15_000 },
  )
}
