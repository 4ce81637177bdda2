import { addresses } from '../../lib/address.ts'

export const collectionsAddress = (project: string) => `${addresses.project(project)}/documents`

export const collectionAddress = (project: string, collection: string) =>
  `${collectionsAddress(project)}/${encodeURIComponent(collection)}`
