import { describe, expect, it } from 'vitest'
import { isNamed, nameOfCode, noCode, sourceOf } from './code-source.ts'

const repository = { ...noCode, from: 'repository' as const }

describe('where code comes from', () => {
  it('is the key of a file, with a version if one was chosen', () => {
    expect(isNamed(noCode)).toBe(false)
    expect(sourceOf({ ...noCode, dataset: 'services/churn.zip' })).toBe('services/churn.zip')
    expect(sourceOf({ ...noCode, dataset: 'churn', version: '3' })).toBe('churn@3')
    expect(nameOfCode({ ...noCode, dataset: 'services/churn.zip' })).toBe('churn')
  })

  it('is an address as people copy it, in the form of pip', () => {
    const address = 'https://github.com/team/churn.git'
    expect(sourceOf({ ...repository, address })).toBe(`git+${address}`)
    expect(sourceOf({ ...repository, address, revision: 'v2', folder: '/services/score/' })).toBe(
      `git+${address}@v2#subdirectory=services/score`,
    )
    expect(sourceOf({ ...repository, address: 'git@github.com:team/churn.git' })).toBe(
      'git+ssh://git@github.com/team/churn.git',
    )
    expect(sourceOf({ ...repository, address: 'hg+https://host/x#subdirectory=a' })).toBe(
      'hg+https://host/x#subdirectory=a',
    )
    expect(nameOfCode({ ...repository, address })).toBe('churn')
    expect(nameOfCode({ ...repository, address, folder: 'services/score' })).toBe('score')
  })
})
