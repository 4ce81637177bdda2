import { expect, it } from 'vitest'
import { parseEnv } from './env.ts'

it('reads variables as people paste them', () => {
  expect(parseEnv('A=1\n\n# remark\nexport B="two words"\n C=x=y ')).toEqual({
    env: { A: '1', B: 'two words', C: 'x=y' },
    badLines: [],
  })
})

it('names the lines it cannot read', () => {
  expect(parseEnv('A=1\nnonsense\n_X=1').badLines).toEqual([2, 3])
})
