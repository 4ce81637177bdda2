import { describe, expect, it } from 'vitest'
import { elapsedOf, leftOf, shareOf, shownSteps, startingWords, type StartStep } from './steps.ts'

const start = Date.UTC(2026, 10, 22, 14, 10)
const time = (ms: number) => new Date(start + ms).toISOString()

function step(name: StartStep['name'], more: Partial<StartStep> = {}): StartStep {
  return { name, status: 'waiting', detail: '', startedAt: null, finishedAt: null, progress: null, ...more }
}

const pulling: StartStep[] = [
  step('place', { status: 'done', startedAt: time(0), finishedAt: time(20), detail: 'on this machine' }),
  step('volume', { status: 'done', startedAt: time(20), finishedAt: time(320) }),
  step('image', {
    status: 'running',
    startedAt: time(320),
    progress: { done: 1_000_000_000, total: 2_000_000_000, unit: 'bytes' },
  }),
  step('process'),
  step('ready'),
]

describe('a start that goes on', () => {
  it('shows what each step took, and the one that runs with its progress', () => {
    const shown = shownSteps(pulling, start + 10_320)
    expect(shown.map((one) => [one.name, one.status, one.time])).toEqual([
      ['Place', 'done', '0.02 s'],
      ['Volume', 'done', '0.3 s'],
      ['Image', 'current', '10 s'],
      ['Process', 'pending', undefined],
      ['Ready', 'pending', undefined],
    ])
    expect(shown[2]?.progress).toEqual({ value: 0.5, facts: '1 of 2 GB' })
  })

  it('knows how long it has gone on and guesses what is left from the bytes', () => {
    expect(elapsedOf(pulling, start + 10_320)).toBe(10_320)
    expect(leftOf(pulling, start + 10_320)).toBe(10_000)
  })

  it('guesses nothing from steps that take unlike long', () => {
    const building = pulling.map((one) =>
      one.progress ? { ...one, progress: { done: 70, total: 100, unit: 'steps' } } : one,
    )
    expect(leftOf(building, start + 10_320)).toBeNull()
    expect(startingWords(building)).toBe('Starting, image 70 %')
  })

  it('is whole when every step is done', () => {
    expect(shareOf(pulling)).toBeCloseTo(0.42)
    expect(shareOf(pulling.map((one) => ({ ...one, status: 'done' as const })))).toBe(1)
  })

  it('has not begun before its first step', () => {
    const waiting = [step('place'), step('image')]
    expect([elapsedOf(waiting, start), shareOf(waiting), startingWords(waiting)]).toEqual([0, 0, 'Starting, place'])
  })
})
