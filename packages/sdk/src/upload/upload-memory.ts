/** Remembers which upload a set of files went to. A browser's `localStorage` is one. */
export interface UploadMemory {
  getItem(key: string): string | null | Promise<string | null>
  setItem(key: string, value: string): void | Promise<void>
  removeItem(key: string): void | Promise<void>
}

interface Remembered {
  readonly id: string
  readonly fingerprint: string
}

/** The id of the upload that these very files were being sent in. */
export async function recall(
  memory: UploadMemory | undefined,
  key: string,
  fingerprint: string,
): Promise<string | undefined> {
  const text = await memory?.getItem(key)
  if (!text) return undefined
  try {
    const remembered = JSON.parse(text) as Partial<Remembered> // written below, or by somebody who meddled
    return remembered.fingerprint === fingerprint ? remembered.id : undefined
  } catch {
    return undefined
  }
}

export async function remember(memory: UploadMemory | undefined, key: string, upload: Remembered): Promise<void> {
  await memory?.setItem(key, JSON.stringify(upload))
}
