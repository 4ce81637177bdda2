import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createScope, base32, isSafeRelativePath, isSlug, joinInside, newId, retry, slugFrom } from './index.ts'

describe('ids', () => {
  it('are UUIDv7 and sort in the order they were made', () => {
    const ids = Array.from({ length: 10_000 }, () => newId())
    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('are encoded as base32 like RFC 4648 says', () => {
    expect(['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => base32(Buffer.from(text)))).toEqual([
      '',
      'my',
      'mzxq',
      'mzxw6',
      'mzxw6yq',
      'mzxw6ytb',
      'mzxw6ytboi',
    ])
  })
})

describe('paths', () => {
  it('refuses everything that is not a plain relative path', () => {
    for (const bad of [
      '',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      'a/../b',
      './a',
      'a\\b',
      'a\0b',
      'a\nb',
      '\ud800',
      'x'.repeat(256),
    ])
      expect([bad, isSafeRelativePath(bad)]).toEqual([bad, false])
    for (const good of ['a', 'a/b.csv', '..a', 'a..', '...', 'ä/ü', ' '])
      expect([good, isSafeRelativePath(good)]).toEqual([good, true])
  })

  it('never lets a safe path leave its root', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', 'a', '\\', '\0', '~', '%') }), (candidate) => {
        if (isSafeRelativePath(candidate))
          expect(joinInside('/data/root', candidate).startsWith('/data/root/')).toBe(true)
      }),
    )
    expect(() => joinInside('/data/root', '../other')).toThrow('leaves its root')
  })
})

describe('slugs', () => {
  it('come from display names and are valid', () => {
    expect(slugFrom('Wine quality')).toBe('wine-quality')
    expect(slugFrom('  Größe – №1! ')).toBe('grosse-no1')
    expect(slugFrom('日本')).toBeUndefined()
    fc.assert(
      fc.property(fc.string(), (name) => {
        const slug = slugFrom(name)
        if (slug !== undefined) expect(isSlug(slug)).toBe(true)
      }),
    )
  })
})

describe('scope', () => {
  it('closes in reverse order, once, and reports every failure', async () => {
    const order: string[] = []
    const scope = createScope()
    scope.defer(() => void order.push('first'))
    scope.child().defer(() => void order.push('child'))
    scope.defer(() => {
      throw new Error('broken')
    })
    await expect(scope.close()).rejects.toThrow('broken')
    await expect(scope.close()).rejects.toThrow('broken')
    expect(order).toEqual(['child', 'first'])
    expect(scope.signal.aborted).toBe(true)
  })
})

describe('retry', () => {
  it('tries again only for errors worth it, and gives up after the last attempt', async () => {
    let calls = 0
    const failing = async () => {
      calls += 1
      throw new Error('busy')
    }
    const options = { attempts: 3, firstDelayMs: 1, maxDelayMs: 2 }
    await expect(retry(failing, { ...options, when: () => true })).rejects.toThrow('busy')
    expect(calls).toBe(3)
    await expect(retry(failing, { ...options, when: () => false })).rejects.toThrow('busy')
    expect(calls).toBe(4)
  })
})
