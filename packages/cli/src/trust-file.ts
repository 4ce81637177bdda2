import { readFile } from 'node:fs/promises'

/** Makes this process trust certificates of a PEM file too. TLS is loaded only for that. */
export async function trustFile(file: string | undefined): Promise<void> {
  if (!file) return
  const { getCACertificates, setDefaultCACertificates } = await import('node:tls')
  try {
    setDefaultCACertificates([...getCACertificates('default'), await readFile(file, 'utf8')])
  } catch (error) {
    process.stderr.write(`mllab: LAB_CA_FILE ${file} cannot be used: ${error instanceof Error ? error.message : ''}\n`)
  }
}
