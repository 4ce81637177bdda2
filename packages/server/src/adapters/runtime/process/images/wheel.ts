import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'

import { deadline, PortError } from '@mllab/kernel'

const DOWNLOAD_DEADLINE_MS = 120_000
const MAX_WHEEL_BYTES = 64 * 1024 * 1024

export interface WheelFile {
  readonly project: string
  /** `uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl` */
  readonly fileName: string
  readonly sha256: string
}

/** A wheel from a package index (PEP 503 or 691), checked against the digest that we ship. `indexUrl` may hold user and password. */
export async function downloadWheel(file: WheelFile, indexUrl: string, signal: AbortSignal): Promise<Buffer> {
  const limited = deadline(DOWNLOAD_DEADLINE_MS, signal)
  const { url, headers } = splitCredentials(`${indexUrl.replace(/\/+$/, '')}/${file.project}/`)
  const accept = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5'
  const index = await get(url, { ...headers, accept }, limited)
  const link = findLink(await index.text(), file.fileName)
  if (!link) throw new PortError('NOT_FOUND', `the package index has no ${file.fileName}`)
  const target = new URL(link, index.url)
  // Credentials are for the index, not for wherever its files lie.
  const wheel = await get(target, target.origin === url.origin ? headers : {}, limited)
  const bytes = Buffer.from(await wheel.arrayBuffer())
  if (bytes.byteLength > MAX_WHEEL_BYTES) throw new PortError('INVALID', `${file.fileName} is too large`)
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (digest !== file.sha256)
    throw new PortError('CORRUPT', `${file.fileName} has another SHA-256 than the one that is expected: ${digest}`)
  return bytes
}

/** One entry of a zip file, by the end of its path. ZIP 64 and encryption are not used in wheels of this size. */
export function unzipEntry(zip: Buffer, nameEnd: string): Buffer {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  const entries = end < 0 ? 0 : zip.readUInt16LE(end + 10)
  let at = end < 0 ? 0 : zip.readUInt32LE(end + 16)
  for (let index = 0; index < entries; index += 1) {
    const [nameBytes, extraBytes, commentBytes] = [
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
    ]
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes)
    if (name.endsWith(nameEnd))
      return inflate(zip, zip.readUInt32LE(at + 42), zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 10))
    at += 46 + nameBytes + extraBytes + commentBytes
  }
  throw new PortError('CORRUPT', `there is no ${nameEnd} in the wheel`)
}

function inflate(zip: Buffer, header: number, compressedBytes: number, method: number): Buffer {
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28)
  const data = zip.subarray(start, start + compressedBytes)
  return method === 0 ? data : inflateRawSync(data)
}

function findLink(page: string, fileName: string): string | undefined {
  if (page.trimStart().startsWith('{')) {
    // PEP 691; anything else in there is simply not found.
    const { files = [] } = JSON.parse(page) as { files?: { filename?: string; url?: string }[] }
    return files.find((entry) => entry.filename === fileName)?.url
  }
  const links = [...page.matchAll(/href="([^"]+)"/g)].map((match) => match[1]?.replaceAll('&amp;', '&') ?? '')
  return links.find((link) => decodeURIComponent(link.split('#')[0]?.split('/').at(-1) ?? '') === fileName)
}

async function get(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    const response = await fetch(url, { headers, signal })
    if (response.ok) return response
    throw new PortError('UNAVAILABLE', `the package index answered ${response.status} to ${url.pathname}`)
  } catch (cause) {
    if (cause instanceof PortError) throw cause
    signal.throwIfAborted()
    throw new PortError('UNAVAILABLE', `the package index at ${url.host} cannot be reached`, { cause })
  }
}

function splitCredentials(text: string): { url: URL; headers: Record<string, string> } {
  const url = new URL(text)
  if (url.username === '') return { url, headers: {} }
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  return { url, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } }
}
