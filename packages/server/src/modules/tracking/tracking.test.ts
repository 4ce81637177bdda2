import { contract } from '@mllab/contract'
import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import { bodyOf, problemOf, trackingRig } from './rig.ts'
import { wireRunId } from './values.ts'

const page = { limit: 100 }

describeDatabases('experiments and runs', (open) => {
  const start = trackingRig(open)

  it('count up from 0 in each project, whoever creates them at the same time', async () => {
    const { tracking, mara, project, other } = await start()
    const names = Array.from({ length: 8 }, (_, index) => `e${index}`)
    const made = await Promise.all(names.map((name) => tracking.experiments.create(mara, project, { name })))
    expect(made.map(({ number }) => number).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect((await tracking.experiments.list(mara, other, { ...page, deleted: false })).items).toMatchObject([
      { number: 0, name: 'Default', runs: 0 },
    ])
    expect(await problemOf(tracking.experiments.create(mara, project, { name: 'e1' }))).toMatch(/^NAME_TAKEN/)
  })

  it('go with their runs and come back with them, but for those that were deleted before', async () => {
    const { tracking, mara, project, run, clock } = await start()
    const { number } = await tracking.experiments.create(mara, project, { name: 'wine' })
    const kept = await run('kept', { experiment: number })
    const dropped = await run('dropped', { experiment: number })
    await tracking.runs.remove(mara, project, dropped.id)
    clock.advance(10)
    await tracking.experiments.remove(mara, project, number)
    expect((await tracking.runs.find(mara, project, kept.id)).deleted_at).not.toBeNull()
    expect(await problemOf(run('late', { experiment: number }))).toMatch(/must be in the 'active' state/)
    expect(await problemOf(tracking.runs.restore(mara, project, kept.id))).toMatch(/Restore the experiment/)
    await tracking.experiments.restore(mara, project, number)
    expect((await tracking.experiments.get(mara, project, number)).runs).toBe(1)
    expect((await tracking.runs.find(mara, project, dropped.id)).deleted_at).not.toBeNull()
  })

  it('are nothing to strangers, and readable but not writable for viewers', async () => {
    const { tracking, project, other, run, actor } = await start()
    const made = await run('mine')
    const stranger = actor('owner', other)
    const viewer = actor('viewer', project)
    expect(await problemOf(tracking.runs.get(stranger, project, made.id))).toMatch(/^NOT_FOUND/)
    expect(await problemOf(tracking.runs.get(stranger, other, made.id))).toMatch(/^NOT_FOUND/)
    expect(await problemOf(tracking.metrics.logBatch(stranger, other, bodyOf(made.id, {})))).toMatch(/^NOT_FOUND/)
    expect((await tracking.runs.get(viewer, project, made.id)).can).toEqual([])
    expect(await problemOf(tracking.runs.remove(viewer, project, made.id))).toMatch(/^FORBIDDEN/)
    expect(await problemOf(tracking.metrics.logBatch(viewer, project, bodyOf(made.id, {})))).toMatch(/^FORBIDDEN/)
  })

  it('show what changed since the run before', async () => {
    const { tracking, mara, project, run, log } = await start()
    const first = await run('first', { startedAt: 1000 })
    await log(first, { params: { lr: '0.1' } })
    const second = await run('second', { startedAt: 2000 })
    await log(second, {
      params: { lr: '0.2' },
      metrics: [{ key: 'auc', value: 0.5 }],
      tags: { 'mlflow.source.name': 'a.py' },
    })
    await tracking.runs.update(mara, project, second.id, { status: 'finished', endedAt: 5000, name: 'better' })
    const shown = contract.runs.get.success.body.parse(await tracking.runs.get(mara, project, second.id))
    expect(shown).toMatchObject({
      id: wireRunId(second.id),
      name: 'better',
      experiment: { number: 0, name: 'Default' },
      status: 'finished',
      startedAt: '1970-01-01T00:00:02.000Z',
      endedAt: '1970-01-01T00:00:05.000Z',
      source: 'a.py',
      metrics: [{ key: 'auc', value: 0.5, step: 0, at: '1970-01-01T00:00:01.000Z' }],
      params: [{ key: 'lr', value: '0.2' }],
      previous: { id: wireRunId(first.id), name: 'first', params: [{ key: 'lr', value: '0.1' }] },
      artifacts: { files: 0, sizeBytes: 0 },
      deleted: false,
      can: ['change', 'remove', 'register'],
    })
  })

  it('are listed as the contract says', async () => {
    const { tracking, mara, project, run, log } = await start()
    const made = await run('r')
    await log(made, { metrics: [{ key: 'a', value: 'NaN' }], params: { p: '1' }, tags: { t: '1' } })
    const { success } = contract.runs.list
    const list = success.body.parse(await tracking.search.list(mara, project, { ...page, sort: '-started', deleted: false })) // prettier-ignore
    expect(list).toMatchObject({ items: [{ name: 'r', metrics: [{ value: 'NaN' }] }], next: null, can: ['runs:write'] })
    const experiments = await tracking.experiments.list(mara, project, { ...page, deleted: false })
    expect(contract.runs.experiments.success.body.parse(experiments).items).toMatchObject([{ number: 0, runs: 1 }])
  })

  it('are killed by people while they run, and not afterwards', async () => {
    const { tracking, mara, project, run, events } = await start()
    const made = await run('r')
    const kill = () => tracking.runs.edit(mara, project, made.id, { status: 'killed' })
    expect(await kill()).toMatchObject({
      status: 'killed',
      endedAt: expect.any(String),
      can: ['change', 'remove', 'register'],
    })
    expect(await problemOf(kill())).toBe('NOT_RUNNING r is killed.')
    expect(await events()).toEqual([`run.started ${wireRunId(made.id)}`, `run.finished ${wireRunId(made.id)}`])
  })

  it('leave no row behind when their project is purged', async () => {
    const { db, tracking, mara, project, other, run, log } = await start()
    for (const where of [project, other]) {
      const made = await run('r', { project: where })
      await log(made, { metrics: [{ key: 'a', value: 1 }], params: { p: '1' }, tags: { t: '1' } }, where)
      await tracking.registry.create(mara, where, { name: 'm', description: '', tags: [{ key: 'k', value: 'v' }] })
      await tracking.loggedModels.create(mara, where, {
        experiment: 0, name: 'm', type: '', runId: made.id, params: [{ key: 'a', value: 'b' }], tags: [],
      }) // prettier-ignore
    }
    const rows = async () => {
      const tables = ['metric', 'latest_metric', 'run_param', 'run_tag', 'run', 'experiment', 'logged_model',
        'logged_model_param', 'registered_model', 'registered_model_tag', 'key_ref'] as const // prettier-ignore
      return Promise.all(tables.map(async (table) => (await db.sql.selectFrom(table).selectAll().execute()).length))
    }
    const before = await rows()
    await tracking.purgeProject(project.id)
    expect(await rows()).toEqual(before.map((count) => count / 2))
    expect((await tracking.search.list(mara, other, { ...page, sort: '-started', deleted: false })).items).toHaveLength(
      1,
    )
  })
})

describeDatabases('log-batch', (open) => {
  const start = trackingRig(open)

  it('keeps each point once, and the latest by step, then time, then value', async () => {
    const { tracking, mara, project, run, log } = await start()
    const made = await run('r')
    const metrics = [
      { key: 'loss', value: 3, step: 1, timestamp: 10 },
      { key: 'loss', value: 2, step: 2, timestamp: 5 },
      { key: 'loss', value: 2.5, step: 2, timestamp: 5 },
      { key: 'loss', value: 1, step: 0, timestamp: 99 },
    ]
    await log(made, { metrics })
    await log(made, { metrics })
    await log(made, { metrics: [{ key: 'loss', value: 9, step: 1, timestamp: 11 }] })
    const history = await tracking.metrics.history(mara, project, made.id, 'loss', { limit: 100, after: undefined })
    expect(history.map(({ step, value }) => [step, value])).toEqual([[0, 1], [1, 3], [1, 9], [2, 2], [2, 2.5]]) // prettier-ignore
    expect((await tracking.runs.get(mara, project, made.id)).metrics).toMatchObject([
      { key: 'loss', value: 2.5, step: 2 },
    ])
  })

  it('stores NaN and the infinities, and gives them back as text', async () => {
    const { tracking, mara, project, run, log } = await start()
    const made = await run('r')
    await log(made, {
      metrics: [
        { key: 'a', value: 'NaN' },
        { key: 'b', value: 'Infinity' },
        { key: 'c', value: '-Infinity' },
        { key: 'd', value: -0 },
      ],
    })
    const { metrics } = await tracking.runs.get(mara, project, made.id)
    expect(metrics.map(({ key, value }) => [key, value])).toEqual([['a', 'NaN'], ['b', 'Infinity'], ['c', '-Infinity'], ['d', 0]]) // prettier-ignore
  })

  it('refuses to change a param and then stores nothing of the request', async () => {
    const { tracking, mara, project, run, log } = await start()
    const made = await run('r')
    await log(made, { params: { lr: '0.1' } })
    await log(made, { params: { lr: '0.1' } })
    const wrong = log(made, { params: { depth: '3', lr: '0.2' }, metrics: [{ key: 'x', value: 1 }], tags: { t: '1' } })
    expect(await problemOf(wrong)).toBe(
      `INVALID_INPUT Changing param values is not allowed. Param with key='lr' was already logged with value='0.1' ` +
        `for run ID='${wireRunId(made.id)}'. Attempted logging new value '0.2'.`,
    )
    expect(await tracking.runs.get(mara, project, made.id)).toMatchObject({
      params: [{ key: 'lr', value: '0.1' }],
      metrics: [],
      tags: [{ key: 'mlflow.runName' }],
    })
  })

  it('takes the last of several tags, and a name as a tag renames the run', async () => {
    const { tracking, mara, project, run, log } = await start()
    const made = await run('r')
    await log(made, { tags: { t: 'one' } })
    await log(made, { tags: { t: 'two', 'mlflow.runName': 'renamed' } })
    expect(await tracking.runs.get(mara, project, made.id)).toMatchObject({
      name: 'renamed',
      tags: [{ key: 'mlflow.runName', value: 'renamed' }, { key: 't', value: 'two' }],
    }) // prettier-ignore
  })

  it('refuses what is too much, too long or no number, in MLflow’s words', async () => {
    const { tracking, run, log, mara, project } = await start()
    const made = await run('r')
    const many = Array.from({ length: 1001 }, (_, step) => ({ key: 'a', value: 1, step }))
    expect(await problemOf(log(made, { metrics: many }))).toMatch(/at most 1000 metrics. Got 1001/)
    expect(await problemOf(log(made, { metrics: [{ key: 'a', value: 'x' }] }))).toMatch(/valid double/)
    expect(await problemOf(log(made, { metrics: [{ key: 'a/../b', value: 1 }] }))).toMatch(/would resolve to 'b'/)
    expect(await problemOf(log(made, { metrics: [{ key: 'a', value: 1, step: 2 ** 53 }] }))).toMatch(/integer/)
    expect(await problemOf(log(made, { params: { p: 'x'.repeat(6001) } }))).toMatch(/maximum length of 6000/)
    expect(await problemOf(log(made, { tags: { 'a?': 'x' } }))).toMatch(/Names may only contain/)
    expect(await problemOf(log(made, { tags: { a: 'x\0' } }))).toMatch(/cannot be stored/)
    const duplicate = new TextEncoder().encode(
      JSON.stringify({ run_id: made.id, params: [{ key: 'a', value: '1' }, { key: 'a', value: '2' }] }),
    ) // prettier-ignore
    expect(await problemOf(tracking.metrics.logBatch(mara, project, duplicate))).toMatch(
      /Duplicate parameter keys .*'a'/,
    )
    const broken = new TextEncoder().encode('{')
    expect(await problemOf(tracking.metrics.logBatch(mara, project, broken))).toMatch(/not valid JSON/)
    await tracking.runs.remove(mara, project, made.id)
    expect(await problemOf(log(made, { tags: { a: 'x' } }))).toMatch(/must be in the 'active' state/)
  })

  it('lets many write to one run at once, with the same new names', async () => {
    const { tracking, mara, project, run, log } = await start()
    const made = await run('r')
    await Promise.all(
      Array.from(
        { length: 20 },
        (_, step) =>
        log(made, {
          metrics: [{ key: 'a', value: step, step }, { key: 'b', value: step, step }],
          params: { same: '1' },
          tags: { t: String(step) },
        }), // prettier-ignore
      ),
    )
    const history = await tracking.metrics.history(mara, project, made.id, 'a', { limit: 100, after: undefined })
    expect(history).toHaveLength(20)
    expect((await tracking.runs.get(mara, project, made.id)).metrics).toMatchObject([{ key: 'a', value: 19 }, { key: 'b', value: 19 }]) // prettier-ignore
  })

  it('tells open pages at most once a second and run, and keeps one event of it', async () => {
    const { tracking, run, log, events } = await start()
    const made = await run('r')
    for (const step of [1, 2, 3]) {
      await log(made, { metrics: [{ key: 'a', value: step, step }] })
      await log(made, { metrics: [{ key: 'b', value: step, step }] })
      await tracking.progress.announce()
      await tracking.progress.announce()
    }
    expect(await events()).toEqual([`run.started ${wireRunId(made.id)}`, `run.progressed ${wireRunId(made.id)}`])
  })
})

describeDatabases('curves', (open) => {
  const start = trackingRig(open)

  it('are the lowest, highest and last value of each bucket, however many points there are', async () => {
    const { tracking, mara, project, run, log } = await start()
    const made = await run('r')
    for (let part = 0; part < 5; part += 1) {
      const steps = Array.from({ length: 1000 }, (_, index) => part * 1000 + index)
      await log(made, { metrics: steps.map((step) => ({ key: 'wave', value: step % 100, step, timestamp: step })) })
    }
    await log(made, { metrics: [{ key: 'few', value: 5, step: -3 }, { key: 'few', value: 'NaN', step: 3 }] }) // prettier-ignore
    const { curves } = await tracking.metrics.curves(mara, project, made.id, { keys: undefined, buckets: 10 })
    expect(curves).toEqual([
      {
        key: 'few',
        points: 2,
        buckets: [
          { step: -3, at: 1000, low: 5, high: 5, last: 5 },
          { step: 3, at: 1000, low: 0, high: 0, last: 'NaN' },
        ],
      },
      {
        key: 'wave',
        points: 5000,
        buckets: Array.from({ length: 10 }, (_, bucket) => {
          const last = bucket * 500 + 499
          return { step: last, at: last, low: 0, high: 99, last: 99 }
        }),
      },
    ])
    expect((await tracking.metrics.curves(mara, project, made.id, { keys: ['nothing'], buckets: 10 })).curves).toEqual(
      [],
    )
  })
})
