import type { Workspace } from '@mllab/sdk'
import { expect, it } from 'vitest'
import { settingsChange, settingsOf } from './settings-form.ts'

const settings = {
  profile: { slug: 'small', parameters: { team: 'vision' } },
  limits: { cpus: 2, memoryGb: null },
  secrets: [{ name: 'KEY', from: 'project' as const }],
  datasets: [{ name: 'wine', version: 3, path: 'data/wine' }],
}
// Of a whole workspace the form reads these.
const workspace = { name: 'mara', state: { image: 'a' }, pending: null, ...settings } as unknown as Workspace
const before = settingsOf(workspace)
const sent = (said: Partial<typeof before>) => settingsChange(before, { ...before, ...said })

it('sends nothing that is as it was', () => {
  expect(sent({})).toEqual({})
  expect(sent({ name: ' ', datasets: [{ name: 'wine', version: 3, path: 'data/wine' }] })).toEqual({})
})

it('sends what was said: limits, variables by name, lists as a whole', () => {
  expect(sent({ name: 'other', cpus: null, memoryGb: 4, env: 'A=1', taken: ['B'] })).toEqual({
    name: 'other',
    cpus: null,
    memoryGb: 4,
    env: { A: '1', B: null },
  })
  expect(sent({ secrets: [], datasets: [{ name: 'wine', version: null, path: 'wine' }] })).toEqual({
    secrets: [],
    datasets: [{ name: 'wine', path: 'wine' }],
  })
})

it('sends a profile with its answers, or an image in its place', () => {
  expect(sent({ parameters: {} })).toEqual({ profile: 'small', parameters: {} })
  expect(sent({ profile: null })).toEqual({ image: 'a' })
})

it('begins with what waits for the next start', () => {
  const pending = { ...settings, image: 'b', limits: { cpus: 1, memoryGb: 8 }, env: {}, changed: ['cpus'] }
  expect(settingsOf({ ...workspace, pending })).toMatchObject({ cpus: 1, memoryGb: 8, image: 'b' })
})
