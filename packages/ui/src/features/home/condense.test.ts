import { expect, it } from 'vitest'
import type { LabEvent } from '@mllab/sdk'
import { condense } from './condense.ts'

let seq = 100
const event = (type: string, id: string, actor = 'mara'): LabEvent => ({
  seq: (seq -= 1),
  id: `e${seq}`,
  type,
  subject: { kind: type.split('.')[0] ?? '', id },
  actor: { id: actor, name: actor, username: actor },
  at: '2026-11-22T14:00:00Z',
  payload: {},
})
const shown = (events: LabEvent[]) =>
  condense(events).map(({ event: { type, subject }, more }) => [type, subject.id, more])

const run = (type: string, id: string, experiment: number, change: Partial<LabEvent> = {}): LabEvent => ({
  ...event(`run.${type}`, id),
  payload: { experiment, ...(type === 'finished' ? { status: 'finished' } : {}) },
  ...change,
})

it('tells of a run once', () => {
  expect(shown([run('finished', 'a', 1), run('started', 'b', 2), run('started', 'a', 1)])).toEqual([
    ['run.finished', 'a', 0],
    ['run.started', 'b', 0],
  ])
})

it('tells runs of one experiment together, by person and day', () => {
  const failed = { payload: { experiment: 1, status: 'failed' } }
  const events = [
    run('finished', 'd', 1),
    event('model.created', 'm'),
    run('finished', 'c', 1, failed),
    run('started', 'c', 1),
    run('finished', 'b', 2),
    run('finished', 'a', 1, { actor: { id: 'jonas', name: 'jonas', username: 'jonas' } }),
    run('finished', 'z', 1, { at: '2026-11-20T12:00:00Z' }),
  ]
  expect(condense(events).map(({ event: { subject }, runs }) => [subject.id, runs])).toEqual([
    ['d', { count: 2, failed: 1 }],
    ['m', undefined],
    ['b', undefined],
    ['a', undefined],
    ['z', undefined],
  ])
})

it('counts what one person did in a row, each object once', () => {
  const events = [
    event('dataset.version_added', 'a'),
    event('dataset.version_added', 'b'),
    event('dataset.version_added', 'b'),
    event('dataset.version_added', 'c', 'jonas'),
    event('dataset.deleted', 'a'),
  ]
  expect(shown(events)).toEqual([
    ['dataset.version_added', 'a', 1],
    ['dataset.version_added', 'c', 0],
    ['dataset.deleted', 'a', 0],
  ])
})
