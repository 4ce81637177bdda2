/** A file and where it lay: `photos/2026/a.png`, or just its name. */
export interface DroppedFile {
  path: string
  file: File
}

export function filesOfInput(list: FileList | null): DroppedFile[] {
  return [...(list ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
}

/** All files of a drop; dropped folders are walked, with their paths. */
export async function filesOfDrop(transfer: DataTransfer): Promise<DroppedFile[]> {
  // Entries are gone after the event, so they are taken before anything is awaited.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  if (entries.length === 0) return filesOfInput(transfer.files)
  return (await Promise.all(entries.map((entry) => walk(entry, '')))).flat()
}

async function walk(entry: FileSystemEntry, below: string): Promise<DroppedFile[]> {
  const path = `${below}${entry.name}`
  if (isFile(entry)) return [{ path, file: await new Promise<File>((done, failed) => entry.file(done, failed)) }]
  if (!isFolder(entry)) return []
  const reader = entry.createReader()
  const found: DroppedFile[] = []
  // A reader gives at most 100 entries at a time.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed))
    if (some.length === 0) return found
    for (const child of some) found.push(...(await walk(child, `${path}/`)))
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory
