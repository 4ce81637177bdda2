import type { Fetch } from '../client.ts'

/** What is used of `XMLHttpRequest`, which browsers have and Node has not. */
interface Request {
  readonly upload: { onprogress: ((event: { readonly loaded: number }) => void) | null }
  readonly status: number
  readonly statusText: string
  readonly responseText: string
  onload: (() => void) | null
  onerror: (() => void) | null
  onloadend: (() => void) | null
  open(method: string, address: string): void
  setRequestHeader(name: string, value: string): void
  getAllResponseHeaders(): string
  send(body: unknown): void
  abort(): void
}

/** `fetch` that tells how many bytes of the body are on their way. Only browsers can: undefined elsewhere. */
export function fetchTelling(onSent: (bytes: number) => void): Fetch | undefined {
  const { XMLHttpRequest } = globalThis as unknown as { XMLHttpRequest?: new () => Request }
  if (!XMLHttpRequest) return undefined
  return (address, { method = 'GET', headers, body, signal }) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const request = new XMLHttpRequest()
      const stop = () => {
        request.abort()
        reject(signal?.reason as Error) // what `fetch` rejects with
      }
      request.open(method, address)
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
      request.upload.onprogress = ({ loaded }) => onSent(loaded)
      request.onload = () => resolve(responseOf(request))
      request.onerror = () => reject(new TypeError('The connection broke.')) // as `fetch` does
      request.onloadend = () => signal?.removeEventListener('abort', stop)
      signal?.addEventListener('abort', stop, { once: true })
      request.send(body)
    })
}

const BODYLESS = [204, 205, 304]

function responseOf(request: Request): Response {
  const { status, statusText, responseText } = request
  const headers = request
    .getAllResponseHeaders()
    .split('\r\n')
    .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
    .filter(([name]) => name !== '')
  return new Response(BODYLESS.includes(status) ? null : responseText, { status, statusText, headers })
}
