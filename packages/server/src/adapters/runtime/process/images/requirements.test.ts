import { describe, expect, it } from 'vitest'

import type { ImageProgress } from '../../../../ports/runtime.ts'
import { checkRequirements } from './requirements.ts'
import { createUvProgress } from './uv-progress.ts'

describe('requirements of a model', () => {
  it('are packages by name and version', () => {
    const lines = [
      'scikit-learn==1.7.2',
      'numpy>=1.26,<3',
      'mlflow',
      "pandas<3 ; python_version < '3.12'  # why",
      '',
      '# note',
      'ray[serve] ~= 2.9',
      'x(>1)',
    ]
    expect(checkRequirements(lines)).toEqual([
      'scikit-learn==1.7.2',
      'numpy>=1.26,<3',
      'mlflow',
      "pandas<3 ; python_version < '3.12'",
      'ray[serve] ~= 2.9',
      'x(>1)',
    ])
  })

  it('are nothing that reaches for files, addresses or options', () => {
    const bad = [
      '--index-url http://evil',
      '-e .',
      '-r /etc/passwd',
      './local.whl',
      '/abs/x.whl',
      'x @ file:///etc',
      'git+https://h/x',
      'https://h/x.whl',
      'x --hash=sha256:0',
    ]
    for (const line of bad) expect(() => checkRequirements([line]), line).toThrow(/by name and version/)
  })
})

describe('progress of uv', () => {
  it('counts bytes of the files it names, and never goes back', () => {
    const seen: ImageProgress[] = []
    const progress = createUvProgress((one) => seen.push(one))
    const lines = [
      'Resolved 3 packages in 5ms',
      'Downloading numpy (10.0MiB)',
      'Downloading scipy (30.0MiB)',
      ' Downloaded scipy',
      ' Downloaded numpy',
      'Prepared 3 packages in 1s',
      'Installed 3 packages in 9ms',
      ' + six==1.17.0',
    ]
    for (const line of lines) progress.line(line)
    expect(seen.map(({ step, done }) => [done, step])).toEqual([
      [4, 'Found 3 packages'],
      [4, 'Downloading numpy (10.0 MiB)'],
      [4, 'Downloading scipy (30.0 MiB)'],
      [42, 'Downloaded scipy'],
      [55, 'Downloaded numpy'],
      [55, 'Installing 3 packages'],
      [70, 'Installed 3 packages'],
    ])
  })
})
