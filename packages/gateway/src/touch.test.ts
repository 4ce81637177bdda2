import { expect, it } from 'vitest'

import { holdsMessage, isByItself } from './touch.ts'

/** A client's frame: masked, up to 125 bytes. */
const frame = (opcode: number, text: string) =>
  Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | text.length, 1, 2, 3, 4]), Buffer.from(text)])
const [text, binary, close, ping, pong] = [1, 2, 8, 9, 10] as const

it('tells messages of a client from what its browser answers by itself', () => {
  for (const opcode of [text, binary]) expect(holdsMessage(frame(opcode, 'print(1)'))).toBe(true)
  for (const opcode of [close, ping, pong]) expect(holdsMessage(frame(opcode, 'x'))).toBe(false)
  expect(holdsMessage(Buffer.concat([frame(pong, ''), frame(pong, 'abc')]))).toBe(false)
  expect(holdsMessage(Buffer.concat([frame(pong, 'abc'), frame(text, 'x')]))).toBe(true)
  expect(holdsMessage(Buffer.from([0x8a]))).toBe(false)
  expect(holdsMessage(Buffer.alloc(0))).toBe(false)
})

it('tells what an open page does by itself from what somebody does', () => {
  const visit = (method: string, path: string, rest: { navigation?: boolean; websocket?: boolean } = {}) =>
    isByItself({ method, target: { path }, navigation: false, websocket: false, ...rest })
  for (const path of ['/w/1/api/kernels', '/w/1/api/contents/data', '/w/1/lab/api/workspaces'])
    expect(visit('GET', path)).toBe(true)
  expect(visit('PUT', '/w/1/lab/api/workspaces/default')).toBe(true)
  expect(visit('GET', '/w/1/api/kernels/1/channels', { websocket: true })).toBe(true)
  expect(visit('POST', '/w/1/api/kernels')).toBe(false)
  expect(visit('PUT', '/w/1/api/contents/a.ipynb')).toBe(false)
  expect(visit('GET', '/w/1/lab', { navigation: true })).toBe(false)
  expect(visit('GET', '/w/1/files/model.bin')).toBe(false)
})
