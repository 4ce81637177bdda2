import { hasCode, messageOf, PortError } from '@mllab/kernel'

/** Errors of the file system as errors of the port. What is a `PortError` already, or no error of the system, stays what it is. */
export function fromFilesystem(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PortError || !('syscall' in error)) return error
  const options = { cause: error }
  if (hasCode(error, 'ENOENT', 'ENOTDIR')) return new PortError('NOT_FOUND', 'The object does not exist', options)
  if (hasCode(error, 'ENOSPC', 'EDQUOT'))
    return new PortError('STORAGE_FULL', 'The disk that holds the objects is full', options)
  if (hasCode(error, 'EACCES', 'EPERM', 'EROFS'))
    return new PortError('UNAVAILABLE', `The objects' folder refuses access: ${messageOf(error)}`, {
      ...options,
      retryable: false,
    })
  return new PortError('UNAVAILABLE', `The objects' disk failed: ${messageOf(error)}`, options)
}

/** Awaits work on the disk and maps what it fails with. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw fromFilesystem(error)
  }
}
