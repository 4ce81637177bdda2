import { testCertificate } from '@mllab/testkit/certificate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { corpus } from './attacks/corpus.ts'
import { unencryptedAttacks } from './attacks/unencrypted.ts'
import { openWorld, type World } from './attacks/world.ts'

describe('the gateway holds against', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  it.each(corpus)('$id', async ({ run }) => {
    expect(await run(world)).toBeUndefined()
  })
})

describe('the gateway holds over TLS against', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(await testCertificate())
  })
  afterAll(() => world.close())

  it.each([...corpus, ...unencryptedAttacks])('$id', async ({ run }) => {
    expect(await run(world)).toBeUndefined()
  })
})

it('attacks all have names of their own', () => {
  const ids = [...corpus, ...unencryptedAttacks].map(({ id }) => id)
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
})
