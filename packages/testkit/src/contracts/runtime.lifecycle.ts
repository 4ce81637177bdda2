import { newId } from '@mllab/kernel'
import { expect, it } from 'vitest'

import { phases, until, type Probe, type RuntimeUnderTest } from './runtime.helpers.ts'

export function lifecycles(test: () => RuntimeUnderTest, probe: () => Probe): void {
  const instances = () => test().runtime.instances

  it('start, are listed, and are gone after removal', async () => {
    const ref = await probe().start('echo up; sleep 600')
    expect(await probe().find(ref)).toMatchObject({ generation: 1, phase: 'running', suspended: false })
    await instances().remove(ref)
    expect(await probe().find(ref)).toBeUndefined()
    await instances().remove(ref)
  })

  it('say how they ended', async () => {
    const [zero, seven, killed, missing] = [
      await probe().start('exit 0'),
      await probe().start('exit 7'),
      await probe().start('kill -9 $$'),
      await probe().start('', { command: ['/nowhere/program'] }),
    ]
    expect(await probe().ended(zero)).toEqual({ code: 0, reason: 'exit', at: expect.any(Number) })
    expect(await probe().ended(seven)).toMatchObject({ code: 7, reason: 'exit' })
    expect(await probe().ended(killed)).toMatchObject({
      code: 137,
      reason: 'killed',
      detail: expect.stringContaining('SIGKILL'),
    })
    expect(await probe().ended(missing)).toMatchObject({
      reason: 'start-failed',
      detail: expect.stringContaining('/nowhere/program'),
    })
  })

  it('are not started twice by the same generation, not even at once, nor again when they ended', async () => {
    const spec = probe().spec('echo started; sleep 600')
    await Promise.all([instances().apply(spec), instances().apply(spec), instances().apply(spec)])
    await probe().logged(spec, 'started')
    expect(await probe().log(spec)).toBe('started\n')
    const short = await probe().start('echo once')
    await probe().ended(short)
    await instances().apply(short)
    expect(await probe().find(short)).toMatchObject({ phase: 'exited' })
    expect(await probe().log(short)).toBe('once\n')
  })

  it('start again after a removal, with the log going on if it was kept', async () => {
    const spec = await probe().start('echo line')
    await probe().ended(spec)
    await instances().remove(spec, { keepLog: true })
    expect(await probe().find(spec)).toBeUndefined()
    expect(await probe().log(spec)).toBe('line\n')
    await instances().apply(spec)
    await probe().ended(spec)
    expect(await probe().log(spec)).toBe('line\nline\n')
    await instances().remove(spec)
    await expect(probe().log(spec)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('are replaced by a newer generation and not by an older one', async () => {
    const first = await probe().start('echo first; exec sleep 600')
    await probe().logged(first, 'first')
    const second = { ...first, generation: 2, command: ['/bin/sh', '-c', 'echo second; exec sleep 600'] }
    await instances().apply(second)
    await probe().logged(first, 'second')
    await instances().apply(first)
    expect(await probe().find(first)).toMatchObject({ generation: 2, phase: 'running' })
    expect(await probe().log(first)).toBe('first\nsecond\n')
  })

  it('are asked to end before they are made to', async () => {
    const polite = await probe().start('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done')
    const deaf = await probe().start('trap "" TERM; echo up; while :; do sleep 1; done', { graceSeconds: 0.2 })
    await Promise.all([probe().logged(polite, 'up'), probe().logged(deaf, 'up')])
    await Promise.all([instances().remove(polite, { keepLog: true }), instances().remove(deaf)])
    expect(await probe().log(polite)).toMatch(/^up\n(.*\n)?bye\n$/)
    expect(phases(await instances().list(), [polite, deaf])).toEqual([undefined, undefined])
  })

  it('go on while the server is away, and are known to it afterwards', async () => {
    const stays = await probe().start('echo up; while ! [ -e "$HOME/go" ]; do sleep 0.02; done; echo done; exit 5')
    const over = await probe().start('exit 3')
    await Promise.all([probe().logged(stays, 'up'), probe().ended(over)])
    const before = await probe().find(stays)
    await test().reopen()
    expect(await probe().find(stays)).toEqual(before)
    expect(await probe().ended(over)).toMatchObject({ code: 3, reason: 'exit' })
    await instances().apply(stays)
    await instances().exec(stays, ['/bin/sh', '-c', ': > "$HOME/go"'], { signal: AbortSignal.timeout(10_000) })
    expect(await probe().ended(stays)).toMatchObject({ code: 5, reason: 'exit' })
    expect(await probe().log(stays)).toBe('up\ndone\n')
  })

  it('wake those who watch, until they stop watching', async () => {
    const controller = new AbortController()
    const seen: string[] = []
    instances().watch((ref) => seen.push(ref.workloadId), controller.signal)
    const watched = await probe().start('exit 0')
    await until(async () => (seen.filter((id) => id === watched.workloadId).length >= 2 ? true : undefined))
    expect(await probe().find(watched)).toMatchObject({ phase: 'exited' })
    controller.abort()
    const unseen = await probe().start('exit 0')
    await probe().ended(unseen)
    expect(seen).not.toContain(unseen.workloadId)
  })

  it('keep replicas apart', async () => {
    const first = await probe().start('echo zero; sleep 600')
    const second = await probe().start('echo one; sleep 600', { workloadId: first.workloadId, replica: 1 })
    await Promise.all([probe().logged(first, 'zero'), probe().logged(second, 'one')])
    await instances().remove(first)
    expect(await probe().find(second)).toMatchObject({ phase: 'running' })
  })

  it('refuse names that are none, and images that were not resolved', async () => {
    await expect(instances().apply({ ...probe().spec('true'), workloadId: '../x' })).rejects.toMatchObject({
      code: 'INVALID',
    })
    await expect(
      probe().start('true', { image: { ref: test().image.ref, key: 'f'.repeat(32) } }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await instances().endpoint({ workloadId: newId(), replica: 0 }, 'http')).toBeUndefined()
  })
}
