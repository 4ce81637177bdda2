import { addAbortSignal, pipeline, Readable, Transform } from 'node:stream'

import { PortError } from '@mllab/kernel'

import type { ByteRange, ObjectKey } from '../../../ports/objects.ts'
import { requireKey, requireRange } from '../checks.ts'
import { send, type Bucket } from './client.ts'

/** A stream over the object or a range of it. Breaks with `UNAVAILABLE` if the store ends it early. */
export async function openForReading(
  bucket: Bucket,
  key: ObjectKey,
  options: { readonly range?: ByteRange; readonly signal?: AbortSignal },
): Promise<Readable> {
  const { client, sdk } = bucket
  const Range = options.range ? { Range: headerOf(requireRange(options.range)) } : {}
  const signal = options.signal ? { signal: options.signal } : {}
  const { Body, ContentLength } = await send(
    (abortSignal) =>
      client.send(new sdk.GetObjectCommand({ Bucket: bucket.name, Key: requireKey(key), ...Range }), { abortSignal }),
    signal,
  )
  if (!(Body instanceof Readable)) throw new Error('the SDK gives a Readable on Node')
  const counted = countedCopyOf(Body, ContentLength)
  return options.signal ? addAbortSignal(options.signal, counted) : counted
}

function headerOf({ start, end }: ByteRange): string {
  return `bytes=${start}-${end ?? ''}`
}

function countedCopyOf(body: Readable, expectedBytes: number | undefined): Readable {
  let seenBytes = 0
  const counter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      seenBytes += chunk.byteLength
      done(null, chunk)
    },
    flush(done) {
      const whole = expectedBytes === undefined || seenBytes === expectedBytes
      done(whole ? null : endedEarly(seenBytes, expectedBytes))
    },
    destroy(error, done) {
      // What the connection breaks with is foreign; our own errors and the reasons of signals are not.
      done(
        error && 'code' in error && error.code === 'ECONNRESET' ? endedEarly(seenBytes, expectedBytes, error) : error,
      )
    },
  })
  return pipeline(body, counter, () => undefined)
}

function endedEarly(seenBytes: number, expectedBytes: number | undefined, cause?: Error): PortError {
  return new PortError('UNAVAILABLE', `The store ended after ${seenBytes} of ${expectedBytes ?? 'unknown'} bytes`, {
    cause,
  })
}
