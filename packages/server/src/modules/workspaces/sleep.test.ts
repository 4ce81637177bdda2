import { expect, it } from 'vitest'

import { asleep, nextStep } from './sleep.ts'

const calls = (requests: number, touches = 0) => ({ requests, touches })

it('a forgotten page of Jupyter has its questions answered, and nothing else happens', () => {
  const sleeper = asleep(calls(5, 2), true)
  expect(nextStep(sleeper, calls(5, 2), 0)).toBe('stay')
  expect(nextStep(sleeper, calls(6, 2), 1000)).toBe('answer')
  sleeper.awakeSince = 1000
  expect(nextStep(sleeper, calls(7, 2), 1500)).toBe('stay')
  expect(nextStep(sleeper, calls(7, 2), 2000)).toBe('stay')
  expect(nextStep(sleeper, calls(7, 2), 2300)).toBe('stand-still')
})

it('one that asks without end does not keep it awake', () => {
  const sleeper = asleep(calls(0), true)
  sleeper.awakeSince = 0
  for (let at = 100; at <= 10_000; at += 100) expect(nextStep(sleeper, calls(at), at)).toBe('stay')
  expect(nextStep(sleeper, calls(10_100), 10_100)).toBe('stand-still')
})

it('whoever does something has it resumed, and so has everybody who asks another program, or a gateway that began anew', () => {
  expect(nextStep(asleep(calls(5, 2), true), calls(6, 3), 0)).toBe('resume')
  expect(nextStep(asleep(calls(5, 2), true), calls(5, 3), 0)).toBe('resume')
  expect(nextStep(asleep(calls(5, 2), false), calls(6, 2), 0)).toBe('resume')
  expect(nextStep(asleep(calls(5, 2), true), calls(1, 0), 0)).toBe('resume')
})
