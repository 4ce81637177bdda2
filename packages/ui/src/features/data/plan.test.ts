import { describe, expect, it } from 'vitest'
import { planNew, planVersion } from './plan.ts'

const dropped = (path: string, size = 1) => ({ path, file: new File(['x'.repeat(size)], path.split('/').at(-1) ?? '') })
const paths = (files: readonly { path: string }[]) => files.map(({ path }) => path)

describe('new datasets', () => {
  it('makes one of each loose file and one of each folder', () => {
    const plans = planNew([dropped('a.csv'), dropped('photos/z.png'), dropped('photos/2026/a.png'), dropped('b.csv')])
    expect(plans.map(({ name, folder, files }) => [name, folder, paths(files)])).toEqual([
      ['photos', true, ['z.png', '2026/a.png']],
      ['a.csv', false, ['a.csv']],
      ['b.csv', false, ['b.csv']],
    ])
  })
})

describe('the next version', () => {
  it('of a single file takes one file, whatever it is called', () => {
    const plan = planVersion({ name: 'wine.csv', folder: false }, [dropped('wine (1).csv')])
    expect(plan).toMatchObject({ name: 'wine.csv', folder: false })
    expect(planVersion({ name: 'wine.csv', folder: false }, [dropped('a'), dropped('b')])).toBe('one-file')
  })

  it('of a folder leaves out the name of the chosen folder', () => {
    const plan = planVersion({ name: 'photos', folder: true }, [dropped('new/b.png'), dropped('new/a/c.png')])
    expect(typeof plan === 'string' ? plan : paths(plan.files)).toEqual(['b.png', 'a/c.png'])
  })

  it('of a folder takes loose files as they are', () => {
    const plan = planVersion({ name: 'photos', folder: true }, [dropped('b.png'), dropped('a/c.png')])
    expect(typeof plan === 'string' ? plan : paths(plan.files)).toEqual(['b.png', 'a/c.png'])
  })
})
