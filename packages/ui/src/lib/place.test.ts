import { expect, it } from 'vitest'
import { placeBeside } from './place.ts'

const view = { width: 400, height: 300 }
const bubble = { width: 100, height: 20 }

it('stands above its target, below at the upper edge, and inside the view', () => {
  expect(placeBeside({ left: 200, top: 100, width: 20, height: 20 }, bubble, view)).toEqual({ left: 160, top: 74 })
  expect(placeBeside({ left: 200, top: 5, width: 20, height: 20 }, bubble, view)).toEqual({ left: 160, top: 31 })
  expect(placeBeside({ left: 390, top: 100, width: 10, height: 20 }, bubble, view)).toEqual({ left: 292, top: 74 })
})
