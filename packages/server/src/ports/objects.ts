import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'

/** A random key, made by the caller with `newObjectKey`; which content lies there is the blob table's business. */
export type ObjectKey = string & { readonly __objectKey: true }

/** 128 random bits as 32 lower-case hex digits: safe as a file name, and as text it sorts the same everywhere. */
export function newObjectKey(): ObjectKey {
  return randomBytes(16).toString('hex') as ObjectKey // the brand is given here and in `isObjectKey`, nowhere else
}

export function isObjectKey(candidate: string): candidate is ObjectKey {
  return /^[0-9a-f]{32}$/.test(candidate)
}

export interface StoredObject {
  readonly key: ObjectKey
  readonly sizeBytes: number
}

export interface PutOptions {
  /** Refused with `INVALID` if the body is longer or shorter. */
  readonly sizeBytes?: number
  readonly signal?: AbortSignal
}

export interface ByteRange {
  /** First byte, from 0. */
  readonly start: number
  /** Last byte, inclusive; open end if absent. */
  readonly end?: number
}

/**
 * Blobs under random keys, on local files or in an S3-compatible store. Constant memory both ways. An object exists whole or not at
 * all: what `put` or `completeParts` acknowledged is durable, and a failed or aborted write leaves nothing readable.
 *
 * Fails with `PortError`: `NOT_FOUND`, `INVALID` (size, range, parts), `STORAGE_FULL`, `CORRUPT`, `UNAVAILABLE`, `TIMEOUT`. What a body
 * itself breaks with, and the reason of an aborted signal, come through unchanged.
 */
export interface ObjectStore {
  readonly kind: 'filesystem' | 's3'
  readonly capabilities: {
    /** Smallest size of every part but the last, in bytes (S3: 5 MiB; files: 1). */
    readonly minPartSizeBytes: number
  }
  put(key: ObjectKey, body: Readable | Uint8Array, options?: PutOptions): Promise<StoredObject>
  /** The bytes, or a range of them. The stream fails if the object ends early. */
  get(key: ObjectKey, options?: { range?: ByteRange; signal?: AbortSignal }): Promise<Readable>
  head(key: ObjectKey): Promise<StoredObject | undefined>
  /** Deleting what is not there succeeds. */
  delete(keys: readonly ObjectKey[]): Promise<void>
  /** Begins an upload in parts and returns its handle, which survives a restart of the server. */
  beginParts(key: ObjectKey): Promise<PartsHandle>
  /** Any order, again and again: the last body of a number counts. Returns a tag that `completeParts` needs. */
  putPart(handle: PartsHandle, number: number, body: Readable | Uint8Array, options: PutOptions): Promise<PartTag>
  completeParts(handle: PartsHandle, parts: readonly PartTag[]): Promise<StoredObject>
  /** Forgets the parts; aborting twice or after completion succeeds. */
  abortParts(handle: PartsHandle): Promise<void>
  /** Keys in the store in pages, for the sweep that finds what no row knows. */
  list(options: { after?: ObjectKey; limit: number }): Promise<readonly (StoredObject & { modifiedAt: number })[]>
  /** A file on this machine with these bytes, if the store has one; for hard links into workloads. */
  localPath?(key: ObjectKey): Promise<string | undefined>
  health(): Promise<{ ok: boolean; detail: string }>
  close(): Promise<void>
}

export interface PartsHandle {
  readonly key: ObjectKey
  /** Opaque to everybody but the adapter. */
  readonly uploadId: string
}

export interface PartTag {
  /** From 1. */
  readonly number: number
  readonly tag: string
  readonly sizeBytes: number
}
