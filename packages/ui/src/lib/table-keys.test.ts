import { describe, expect, it } from 'vitest'
import { parseSort, toggleSort, writeSort } from './sort.ts'
import { keyToAction } from './table-keys.ts'

const rows = ['a', 'b']
const state = { rows, cursor: 'a', choosable: true, anyChosen: false }
const grid = new EventTarget()
const press = (key: string, more: object = {}) => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  target: grid,
  currentTarget: grid,
  ...more,
})

describe('keys of a list', () => {
  it('moves, chooses, opens', () => {
    expect(keyToAction(press('j'), state)).toEqual({ do: 'move', by: 1, rows, extend: false })
    expect(keyToAction(press('ArrowUp', { shiftKey: true }), state)).toEqual({ do: 'move', by: -1, rows, extend: true })
    expect(keyToAction(press('x'), state)).toEqual({ do: 'toggle', id: 'a' })
    expect(keyToAction(press('Enter'), state)).toEqual({ do: 'open' })
  })

  it('leaves Enter and Space to the link that has the focus', () => {
    const inside = { target: new EventTarget() }
    expect([keyToAction(press('Enter', inside), state), keyToAction(press(' ', inside), state)]).toEqual([null, null])
  })

  it('takes Escape only while rows are chosen, so that it still closes what is around the list', () => {
    expect(keyToAction(press('Escape'), state)).toBeNull()
    expect(keyToAction(press('Escape'), { ...state, anyChosen: true })).toEqual({ do: 'clear' })
  })

  it('chooses nothing where nothing can be chosen', () => {
    const fixed = { ...state, choosable: false }
    expect([press('x'), press(' '), press('a', { ctrlKey: true })].map((event) => keyToAction(event, fixed))).toEqual([
      null,
      null,
      null,
    ])
  })
})

describe('sorting', () => {
  it('goes down first, then up, and stands in the address', () => {
    const first = toggleSort(undefined, 'started')
    expect([writeSort(first), writeSort(toggleSort(first, 'started'))]).toEqual(['-started', 'started'])
    expect(parseSort('-started')).toEqual(first)
    expect(parseSort('')).toBeUndefined()
  })
})
