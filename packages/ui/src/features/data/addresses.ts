import { contract } from '@mllab/sdk'
import { platformPath } from '../../lib/address.ts'

/** Path of the bytes of a dataset, or of an entry below it, at the API: for links and for code. */
export function filePath(project: string, name: string, entry?: string, version?: number): string {
  const path = [...name.split('/'), ...(entry === undefined ? [] : entry.split('/'))].map(encodeURIComponent).join('/')
  const address = contract.files.download.path
    .replace('{project}', encodeURIComponent(project))
    .replace('{path*}', () => path)
  return version === undefined ? address : `${address}?version=${version}`
}

/** The same for a link of this page. */
export const fileHref = (...of: Parameters<typeof filePath>) => platformPath() + filePath(...of)

/** Name of the saved file: a folder comes as an archive. */
export const savedName = (name: string, folder: boolean) => `${name.split('/').at(-1) ?? name}${folder ? '.zip' : ''}`
