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

it('tells of a run once', () => {
  expect(shown([event('run.finished', 'a'), event('run.started', 'b'), event('run.started', 'a')])).toEqual([
    ['run.finished', 'a', 0],
    ['run.started', 'b', 0],
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
