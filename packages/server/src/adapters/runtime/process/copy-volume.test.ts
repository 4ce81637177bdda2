import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { afterAll, describe, expect, it, vi } from 'vitest'

import { noWall } from './isolation/walls.ts'
import { createLayout } from './layout.ts'
import { newFolder, removeFolders } from './testing/fixtures.ts'
import { createVolumes, emptyTrash } from './volumes.ts'

describe('copying volumes', () => {
  afterAll(removeFolders)

  it('fails when the source is removed meanwhile, and leaves what was there', async () => {
    const layout = createLayout(path.join(await newFolder(), 'runtime'))
    const volumes = createVolumes(layout, noWall(''))
    for (const id of ['source', 'target']) await volumes.ensure({ id, projectId: 'project', tenant: 'me' })
    await writeFile(path.join(layout.volumes, 'target', 'kept'), '')
    for (let folder = 0; folder < 100; folder += 1) {
      const place = path.join(layout.volumes, 'source', `d${folder}`)
      await mkdir(place)
      for (let file = 0; file < 50; file += 1) await writeFile(path.join(place, `f${file}`), 'x')
    }
    const ended = volumes
      .copy('source', 'target', { signal: new AbortController().signal, onProgress: () => undefined })
      .then(
        () => 'copied',
        (error: unknown) => (error as { code?: string }).code,
      )
    const half = () => readdir(layout.volumes).then((names) => names.find((name) => name.startsWith('.copy-')))
    await vi.waitFor(
      async () => expect((await readdir(path.join(layout.volumes, (await half()) ?? ''))).length).toBeGreaterThan(2),
      { interval: 1 },
    )
    await volumes.remove('source')
    expect(await ended).toBe('NOT_FOUND')
    expect(await readdir(path.join(layout.volumes, 'target'))).toEqual(['kept'])
    expect(await half()).toBeUndefined()
  })

  it('that a crash cut off while old and new were exchanged leave what was there, or what was made', async () => {
    const layout = createLayout(path.join(await newFolder(), 'runtime'))
    const fill = async (...place: string[]) => {
      await mkdir(path.join(...place), { recursive: true })
      await writeFile(path.join(...place, place.at(-1) ?? ''), '')
    }
    await fill(layout.volumes, '.copy-0123456789ab')
    await fill(layout.trash, 'copying-0123456789ab')
    await fill(layout.trash, 'exchanged-0123456789ab')
    await fill(layout.volumes, '.copy-aaaaaaaaaaaa')
    await fill(layout.trash, 'made-bbbbbbbbbbbb')
    await fill(layout.volumes, 'made')
    await emptyTrash(layout)
    expect(await readdir(layout.trash)).toEqual([])
    expect((await readdir(layout.volumes)).toSorted()).toEqual(['exchanged', 'made'])
    expect(await readdir(path.join(layout.volumes, 'exchanged'))).toEqual(['exchanged-0123456789ab'])
    expect(await readdir(path.join(layout.volumes, 'made'))).toEqual(['made'])
  })
})
