import { expect, it } from 'vitest'
import type { LabEvent } from '@mllab/sdk'
import { eventSentence } from './event-sentence.ts'

const mara = { id: 'u1', name: 'Mara', username: 'mara' }

function event(change: Partial<LabEvent>): LabEvent {
  return {
    seq: 1,
    id: 'e1',
    type: 'dataset.version_added',
    subject: { kind: 'dataset', id: 'f1' },
    actor: mara,
    at: '2026-11-22T14:00:00Z',
    payload: { name: 'raw/wine.csv', sizeBytes: 8 },
    ...change,
  }
}

const spoken = (change: Partial<LabEvent>, me = 'u2') => {
  const sentence = eventSentence(event(change), me, 'wine')
  return sentence && [sentence.who, sentence.parts.map(({ text }) => text).join('')]
}

it('says who did what, and leads there', () => {
  expect(eventSentence(event({}), 'u2', 'wine')).toEqual({
    who: 'Mara',
    parts: [
      { text: 'uploaded ', strong: false },
      { text: 'raw/wine.csv', strong: true, to: '/p/wine/data/raw%2Fwine.csv' },
    ],
  })
})

it('calls the reader you', () => expect(spoken({}, 'u1')).toEqual(['You', 'uploaded raw/wine.csv']))

it('fills in what the event carries', () => {
  expect(spoken({ type: 'model.alias_set', subject: { kind: 'model', id: 'churn' }, payload: { alias: 'champion', version: 3 } })).toEqual(['Mara', 'set @champion on churn v3']) // prettier-ignore
})

it('leads nowhere once the object is gone', () => {
  const sentence = eventSentence(event({ type: 'dataset.deleted' }), 'u2', 'wine')
  expect(sentence?.parts.some(({ to }) => to !== undefined)).toBe(false)
})

it('tells what happened by itself without a person', () => {
  expect(spoken({ type: 'service.failed', actor: null, subject: { kind: 'service', id: 's' }, payload: { name: 'scorer', slug: 'scorer' } })).toEqual([null, 'Service scorer failed']) // prettier-ignore
})

it.each(['run.progressed', 'upload.begun', 'workspace.starting', 'toString', 'from.the-future'])(
  'keeps %s to itself',
  (type) => expect(spoken({ type })).toBeNull(),
)

it('tells several runs by their experiment', () => {
  const payload = { name: 'xgb-3', experiment: 4, experimentName: 'fraud-detection', status: 'finished' }
  const sentence = eventSentence(event({ type: 'run.finished', payload }), 'u2', 'wine', { count: 12, failed: 2 })
  expect(sentence?.parts.map(({ text }) => text).join('')).toBe('logged 12 runs in fraud-detection, 2 failed')
  expect(sentence?.parts.flatMap(({ to }) => to ?? [])).toEqual(['/p/wine/experiments/4'])
})
