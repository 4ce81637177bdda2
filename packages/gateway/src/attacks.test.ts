import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { corpus } from './attacks/corpus.ts'
import { openWorld, type World } from './attacks/world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

describe('the gateway holds against', () => {
  it.each(corpus)('$id', async ({ run }) => {
    expect(await run(world)).toBeUndefined()
  })

  it('attacks that all have names of their own', () => {
    const ids = corpus.map(({ id }) => id)
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  })
})
