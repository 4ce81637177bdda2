import { describeDatabases } from '@mllab/testkit/database'
import { expect, it } from 'vitest'

import type { Tables } from '../../migrations/schema.ts'
import { body, problemOf, trackingRig, type TrackingRig } from './rig.ts'
import { wireRunId } from './values.ts'

const DAY_MS = 24 * 3600_000
const tables = [
  'run', 'metric', 'latest_metric', 'run_param', 'run_tag', 'run_dataset', 'run_model', 'logged_model', 'logged_model_param',
  'logged_model_tag', 'logged_model_metric', 'registered_model', 'registered_model_tag', 'registered_model_alias', 'model_version',
  'model_version_tag', 'experiment', 'experiment_tag', 'run_dataset_source', 'tree', 'tree_entry', 'file', 'file_version', 'file_entry',
] as const satisfies readonly (keyof Tables)[] // prettier-ignore

describeDatabases('the purge', (open) => {
  const start = trackingRig(open)

  /** Everything there can be, in an experiment of its own. */
  const everything = async (rig: TrackingRig, name: string) => {
    const { tracking, trees, mara, project } = rig
    const experiment = await tracking.experiments.create(mara, project, { name, tags: [{ key: 'a', value: 'b' }] })
    const run = await rig.run(name, { experiment: experiment.number })
    await rig.log(run, { metrics: [{ key: 'loss', value: 1 }, { key: 'odd', value: 'NaN' }], params: { lr: '1' }, tags: { a: 'b' } }) // prettier-ignore
    await trees.put({ projectId: project.id, kind: 'run', id: run.id }, 'notes.txt', body(`notes of ${name}`))
    const model = await tracking.loggedModels.create(mara, project, {
      experiment: experiment.number,
      name,
      type: '',
      runId: wireRunId(run.id),
      params: [{ key: 'a', value: 'b' }],
      tags: [{ key: 'a', value: 'b' }],
    })
    await trees.put({ projectId: project.id, kind: 'logged-model', id: model.id }, 'MLmodel', body(`model of ${name}`))
    await tracking.versions.register(mara, project, { name, run: wireRunId(run.id) })
    await tracking.registry.setTag(mara, project, name, { key: 'a', value: 'b' })
    await tracking.registry.setAlias(mara, project, name, 'best', 1)
    await tracking.versions.setTag(mara, project, name, 1, { key: 'a', value: 'b' })
    return { experiment, run, model }
  }

  const counts = async ({ db }: TrackingRig) => {
    const counted = tables.map(async (table) => {
      const row = await db.sql.selectFrom(table).select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow() // prettier-ignore
      return [table, Number(row.n)] as const
    })
    return Object.fromEntries(await Promise.all(counted))
  }

  const later = async ({ clock, files, tracking }: TrackingRig, days: number) => {
    clock.advance(days * DAY_MS)
    await tracking.sweep()
    await files.sweep()
  }

  it('takes what was deleted thirty days ago with all that belongs to it, and nothing else [DAT-03]', async () => {
    const rig = await start()
    const { tracking, mara, project } = rig
    await everything(rig, 'kept')
    const before = await counts(rig)
    const gone = await everything(rig, 'gone')
    await tracking.experiments.create(mara, project, { name: 'later' })
    await tracking.experiments.remove(mara, project, gone.experiment.number)
    await tracking.registry.remove(mara, project, 'gone')
    await later(rig, 29)
    await tracking.experiments.restore(mara, project, gone.experiment.number)
    expect(await tracking.runs.get(mara, project, gone.run.id)).toMatchObject({ deleted: false })
    await tracking.experiments.remove(mara, project, gone.experiment.number)

    await later(rig, 31)
    expect(await problemOf(tracking.runs.find(mara, project, gone.run.id))).toMatch(/^NOT_FOUND/)
    expect(await counts(rig)).toEqual({ ...before, experiment: 3 })
    await later(rig, 2)
    expect(await rig.keys()).toHaveLength(2)
  })

  it('leaves a registered version its files when the run goes, and takes them with the version', async () => {
    const rig = await start()
    const { tracking, trees, mara, project } = rig
    const { run, model } = await everything(rig, 'wine')
    await tracking.runs.remove(mara, project, run.id)
    await tracking.loggedModels.remove(mara, project, model.id)
    await later(rig, 31)
    await later(rig, 2)
    expect(await problemOf(tracking.runs.find(mara, project, run.id))).toMatch(/^NOT_FOUND/)
    const { tree } = await tracking.modelForDeployment(mara, project, { name: 'wine', version: 1 })
    expect(await trees.entry(tree, 'MLmodel')).toMatchObject({ sizeBytes: 13 })
    expect(await rig.keys()).toHaveLength(1)
    expect(await tracking.versions.get(mara, project, 'wine', 1)).toMatchObject({ run: null, stored: true })

    await tracking.versions.remove(mara, project, 'wine', 1)
    await later(rig, 31)
    await later(rig, 2)
    expect(await rig.keys()).toEqual([])
    expect(await counts(rig)).toMatchObject({ registered_model: 1, model_version: 0, file_version: 0, file_entry: 0 })
    expect(await rig.files.storageOf({ projects: [project.id] })).toEqual({ dataBytes: 0, artifactBytes: 0 })
  })

  it('takes a run with more points than a statement removes, and one that it was in the middle of', async () => {
    const rig = await start()
    const { tracking, db, mara, project } = rig
    const run = await rig.run('long')
    for (let from = 0; from < 21_000; from += 1000) {
      const metrics = Array.from({ length: 1000 }, (_, n) => ({ key: 'loss', value: from + n, step: 7, timestamp: 9 }))
      await rig.log(run, { metrics })
    }
    await tracking.runs.remove(mara, project, run.id)
    rig.clock.advance(31 * DAY_MS)
    await expect(tracking.sweep(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped')
    expect(await problemOf(tracking.runs.restore(mara, project, run.id))).toMatch(/^NOT_FOUND/)
    await tracking.sweep()
    expect(await db.sql.selectFrom('metric').select('run').execute()).toEqual([])
    expect(await counts(rig)).toMatchObject({ run: 0, latest_metric: 0 })
  })

  it('never lets the number of an experiment be given again', async () => {
    const rig = await start()
    const { tracking, mara, project } = rig
    const last = await tracking.experiments.create(mara, project, { name: 'last' })
    await tracking.experiments.remove(mara, project, last.number)
    await later(rig, 31)
    expect((await tracking.experiments.create(mara, project, { name: 'next' })).number).toBe(last.number + 1)
    await later(rig, 1)
    expect(await problemOf(tracking.experiments.find(mara, project, last.number))).toMatch(/^NOT_FOUND/)
  })

  it('of a project takes everything of it, and nothing of others', async () => {
    const rig = await start()
    const { tracking, files, project, other } = rig
    await everything(rig, 'gone')
    await tracking.experiments.create(rig.mara, other, { name: 'kept' })
    await tracking.purgeProject(project.id)
    await files.purgeProject(project.id)
    const left = Object.entries(await counts(rig)).filter(([, n]) => n > 0)
    expect(left).toEqual([['experiment', 2]])
    expect(await rig.keys()).toEqual([])
  })
})
