import type { Readable } from 'node:stream'

/** Files that may still change, of a run or a logged model; frozen when they are registered. */
export interface TreeRef {
  readonly projectId: string
  readonly kind: 'run' | 'logged-model'
  readonly id: string
}

export interface TreeEntry {
  readonly path: string
  readonly sizeBytes: number
  /** Lower-case hex. */
  readonly sha256: string
}

export interface TreeChild {
  readonly path: string
  readonly folder: boolean
  /** Null for a folder. */
  readonly sizeBytes: number | null
}

/**
 * Mutable trees of files. The caller has asked the policy; here a tree is only kept apart from other projects' trees.
 * A path that is not safe (`isSafeRelativePath`) fails with `INVALID_INPUT`, one that is not there with `NOT_FOUND`.
 */
export interface Trees {
  /** Stores or replaces one file. A path cannot be a file and a folder at once: `CONFLICT`. */
  put(
    tree: TreeRef,
    path: string,
    body: Readable,
    options?: { sizeBytes?: number; signal?: AbortSignal },
  ): Promise<TreeEntry>
  entry(tree: TreeRef, path: string): Promise<TreeEntry | undefined>
  /** Direct children of a folder ('' is the root), folders and files, by name. */
  list(tree: TreeRef, folder: string): Promise<readonly TreeChild[]>
  /** Everything below a folder, in pages by path. */
  walk(tree: TreeRef, folder: string, options: { after?: string; limit: number }): Promise<readonly TreeEntry[]>
  /** `range` counts bytes from 0; `end` is inclusive. The stream fails if the bytes end early. */
  open(
    tree: TreeRef,
    path: string,
    range?: { start: number; end?: number },
  ): Promise<{ entry: TreeEntry; stream: Readable }>
  /** A file, or a folder with everything in it. */
  remove(tree: TreeRef, path: string): Promise<void>
  usage(tree: TreeRef): Promise<{ files: number; sizeBytes: number }>
  /** For clients that send large files in parts (MLflow `mpu/*`): begin → putPart, any order → complete or abort. */
  beginParts(tree: TreeRef, path: string): Promise<{ uploadId: string }>
  /** `number` counts from 1; the last body of a number counts. */
  putPart(uploadId: string, number: number, body: Readable, sizeBytes: number | undefined): Promise<void>
  completeParts(uploadId: string): Promise<TreeEntry>
  /** Aborting twice, or what is complete, succeeds. */
  abortParts(uploadId: string): Promise<void>
}
