/** Saves a text as a file of the reader. */
export function saveText(text: string, name: string, type = 'text/plain') {
  saveBlob(new Blob([text], { type }), name)
}

export function saveBlob(blob: Blob, name: string) {
  const address = URL.createObjectURL(blob)
  const link = Object.assign(document.createElement('a'), { href: address, download: name })
  link.click()
  URL.revokeObjectURL(address)
}
