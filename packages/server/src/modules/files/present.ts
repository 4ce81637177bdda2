import type { Dataset, FileVersion } from '@mllab/contract'
import { isoTime } from '@mllab/kernel'

import type { Person } from '../access/access.ts'
import type { FileRow } from './files.store.ts'
import type { VersionRow } from './versions.store.ts'

type People = ReadonlyMap<string, Person>

export function presentVersion(name: string, row: VersionRow, people: People): FileVersion {
  return {
    version: row.version,
    sizeBytes: row.size_bytes,
    entries: row.entries,
    folder: row.folder === 1,
    sha256: row.sha256,
    contentType: row.content_type,
    createdAt: isoTime(row.created_at),
    createdBy: personOf(row.created_by, people),
    key: `${name}@${row.version}`,
  }
}

export function presentFile(row: FileRow, latest: VersionRow | undefined, people: People, can: string[]): Dataset {
  return {
    id: row.id,
    name: row.name,
    folder: row.folder === 1,
    description: row.description,
    versions: row.last_version,
    latest: latest ? presentVersion(row.name, latest, people) : null,
    createdAt: isoTime(row.created_at),
    updatedAt: isoTime(row.updated_at),
    can,
  }
}

export function personOf(id: string | null, people: People): Person | null {
  return (id === null ? undefined : people.get(id)) ?? null
}
