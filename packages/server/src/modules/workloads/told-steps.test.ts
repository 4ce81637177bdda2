import { describe, expect, it } from 'vitest'

import { afterLines } from './told-steps.ts'
import { enterStep, waitingSteps } from './workload.ts'

const startedAt = Date.parse('2026-05-01T10:00:00.400Z')
const begun = enterStep(waitingSteps({ toldSteps: ['fetch', 'install'] }), 'fetch', '', { now: () => startedAt })
const shown = (lines: readonly string[]) =>
  afterLines(begun, lines, startedAt).map(({ name, status, detail }) => `${name} ${status} ${detail}`.trim()).slice(4) // prettier-ignore

describe('steps that a program tells in its log', () => {
  it('are entered one after the other, each with what it does', () => {
    const lines = ['==> fetch 2026-05-01T10:00:00Z: scoring', 'version 3', '==> install 2026-05-01T10:00:02Z: setup.sh']
    expect(shown(lines)).toEqual(['fetch done scoring', 'install running setup.sh', 'ready waiting'])
    const more = [...lines, '==> install 2026-05-01T10:00:03Z: requirements.txt', '==> start 2026-05-01T10:00:09Z: it']
    expect(shown(more)).toEqual(['fetch done scoring', 'install done requirements.txt', 'ready running it'])
  })

  it('are not those of an earlier start, nor anything else it prints', () => {
    const lines = [
      '==> start 2026-05-01T09:59:59Z: it',
      '==> jump 2026-05-01T10:00:01Z: x',
      '==> install: without a time',
    ]
    expect(shown(lines)).toEqual(['fetch running', 'install waiting', 'ready waiting'])
    expect(afterLines(begun, lines, startedAt)).toBe(begun)
  })
})
