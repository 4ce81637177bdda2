import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, it } from 'vitest'

import { REFERENCE, referenceFiles } from './reference.ts'

describe('docs/reference', () => {
  it('is what the code says; if not, run: node scripts/reference.ts', async () => {
    const files = referenceFiles()
    expect((await readdir(REFERENCE)).toSorted()).toEqual(Object.keys(files).toSorted())
    const outdated: string[] = []
    for (const [name, text] of Object.entries(files))
      if ((await readFile(path.join(REFERENCE, name), 'utf8')) !== text) outdated.push(name)
    expect(outdated, 'outdated; run: node scripts/reference.ts').toEqual([])
  })
})
