const BODY_EXPECTED = new Set(['POST', 'PUT', 'PATCH'])

export interface RequestHeadParts {
  readonly method: string
  /** Visible ASCII. */
  readonly path: string
  /** Names and values in turn, as they were parsed from another request: without CR, LF or NUL. Without framing. */
  readonly headers: readonly string[]
  /** Bytes as text; `chunked`; undefined: no body. */
  readonly length: string | undefined
  /** What `Connection` says. */
  readonly connection: string
}

/** Request line and headers as they are sent, latin1. */
export function requestText({ method, path, headers, length, connection }: RequestHeadParts): string {
  let text = `${method} ${path} HTTP/1.1\r\n`
  for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  if (length === 'chunked') text += 'Transfer-Encoding: chunked\r\n'
  else if (length !== undefined) text += `Content-Length: ${length}\r\n`
  else if (BODY_EXPECTED.has(method)) text += 'Content-Length: 0\r\n'
  return `${text}Connection: ${connection}\r\n\r\n`
}
