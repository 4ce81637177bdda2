import { newId } from '@mllab/kernel'
import { expect, it } from 'vitest'

import type { Probe, RuntimeUnderTest } from './runtime.helpers.ts'

export function logs(test: () => RuntimeUnderTest, probe: () => Probe): void {
  it('are read from a byte on, or from so many bytes before the end', async () => {
    const ref = await probe().start('printf 0123456789; printf abc >&2')
    await probe().ended(ref)
    expect(await probe().log(ref)).toBe('0123456789abc')
    expect(await probe().log(ref, { from: 8 })).toBe('89abc')
    expect(await probe().log(ref, { from: -4 })).toBe('9abc')
    expect(await probe().log(ref, { from: -400 })).toBe('0123456789abc')
    expect(await probe().log(ref, { from: 400 })).toBe('')
  })

  it('are followed to the end of the instance, with offsets that join up', async () => {
    const ref = await probe().start('for i in 1 2 3 4 5; do echo line $i; sleep 0.05; done')
    let next = 0
    let text = ''
    for await (const { bytes, offset } of test().runtime.instances.logs(ref, { from: 0, follow: true })) {
      expect(offset).toBe(next)
      next += bytes.byteLength
      text += Buffer.from(bytes).toString('utf8')
    }
    expect(text).toBe('line 1\nline 2\nline 3\nline 4\nline 5\n')
  })

  it('stop being followed when nobody wants to know any more', async () => {
    const ref = await probe().start('echo up; sleep 600')
    const controller = new AbortController()
    let text = ''
    for await (const { bytes } of test().runtime.instances.logs(ref, {
      from: 0,
      follow: true,
      signal: controller.signal,
    })) {
      text += Buffer.from(bytes).toString('utf8')
      controller.abort()
    }
    expect(text).toBe('up\n')
  })

  it('end for a follower when the instance is removed', async () => {
    const ref = await probe().start('echo up; sleep 600')
    await probe().logged(ref, 'up')
    const follower = probe().log(ref, { follow: true })
    await test().runtime.instances.remove(ref)
    expect(await follower).toContain('up')
  })

  it('are not there for an instance that never was', async () => {
    await expect(probe().log({ workloadId: newId(), replica: 0 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
}
