import { contract, LabProblem, type Problem } from '@mllab/sdk'
import { platformPath } from '../../lib/address.ts'

/** The connection broke; the part can be sent again. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

export interface PartAddress {
  project: string
  id: string
  part: number
}

/**
 * Sends one part and tells how many of its bytes are on their way; `fetch` cannot say that. Fails with `LabProblem` as the client does,
 * with `ConnectionLost`, or with an `AbortError`.
 */
export function sendPart(address: PartAddress, body: Blob, onProgress: (bytes: number) => void, signal: AbortSignal) {
  return new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest()
    const abort = () => request.abort()
    request.open(contract.files.putPart.method, platformPath() + pathOf(address))
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.onprogress = (event) => onProgress(event.loaded)
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve()
      else reject(problemFrom(request))
    }
    request.onerror = () => reject(new ConnectionLost('the connection broke'))
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'))
    request.onloadend = () => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort)
    if (signal.aborted) reject(new DOMException('aborted', 'AbortError'))
    else request.send(body)
  })
}

const pathOf = (address: PartAddress) =>
  contract.files.putPart.path.replace(
    /\{(\w+)\}/g,
    (_, name: string) => encodeURIComponent(address[name as keyof PartAddress]), // the names in the path of this endpoint
  )

function problemFrom(request: XMLHttpRequest): Error {
  if (!request.getResponseHeader('content-type')?.startsWith('application/problem+json'))
    return new ConnectionLost(`the answer was ${request.status}`)
  return new LabProblem(JSON.parse(request.responseText) as Problem) // our server's own format
}
