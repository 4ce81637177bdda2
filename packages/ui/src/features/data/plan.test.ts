import { describe, expect, it } from 'vitest'
import { cutInto, missingParts, partSize, planNew, planVersion, portions } from './plan.ts'

const dropped = (path: string, size = 1) => ({ path, file: new File(['x'.repeat(size)], path.split('/').at(-1) ?? '') })
const paths = (files: readonly { path: string }[]) => files.map(({ path }) => path)

describe('new datasets', () => {
  it('makes one of each loose file and one of each folder, its paths sorted', () => {
    const plans = planNew([dropped('a.csv'), dropped('photos/z.png'), dropped('photos/2026/a.png'), dropped('b.csv')])
    expect(plans.map(({ name, folder, files }) => [name, folder, paths(files)])).toEqual([
      ['photos', true, ['2026/a.png', 'z.png']],
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
    expect(typeof plan === 'string' ? plan : paths(plan.files)).toEqual(['a/c.png', 'b.png'])
  })

  it('of a folder takes loose files as they are', () => {
    const plan = planVersion({ name: 'photos', folder: true }, [dropped('b.png'), dropped('a/c.png')])
    expect(typeof plan === 'string' ? plan : paths(plan.files)).toEqual(['a/c.png', 'b.png'])
  })
})

describe('parts', () => {
  it('cuts the stream of all files, over their borders and over empty files', () => {
    const cut = cutInto([5, 0, 3, 4], 4)
    expect([cut(1), cut(2), cut(3), cut(4)]).toEqual([
      [{ file: 0, from: 0, to: 4 }],
      [
        { file: 0, from: 4, to: 5 },
        { file: 2, from: 0, to: 3 },
      ],
      [{ file: 3, from: 0, to: 4 }],
      [],
    ])
  })

  it('gives every byte once, in order, whatever the sizes', () => {
    for (const partBytes of [1, 2, 3, 7, 100]) {
      const sizes = [3, 0, 0, 11, 1, 0, 6]
      const total = 21
      const parts = Math.ceil(total / partBytes)
      const cut = cutInto(sizes, partBytes)
      const bytes = Array.from({ length: parts }, (_, index) => cut(index + 1)).flatMap((slices) =>
        slices.flatMap(({ file, from, to }) => Array.from({ length: to - from }, (_, at) => `${file}:${from + at}`)),
      )
      const expected = sizes.flatMap((size, file) => Array.from({ length: size }, (_, at) => `${file}:${at}`))
      expect(bytes).toEqual(expected)
    }
  })

  it('knows what is missing and how long each part is', () => {
    expect(missingParts(4, [2, 4])).toEqual([1, 3])
    expect(missingParts(0, [])).toEqual([])
    expect([partSize(1, 8, 20), partSize(3, 8, 20), partSize(4, 8, 20)]).toEqual([8, 4, 0])
  })

  it('divides entries into calls', () => {
    expect(portions([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]])
    expect(portions([], 2)).toEqual([])
  })
})
