import type { Mutation } from './mutation.ts'

/** Upgrades. */
export const ofUpgrades: readonly Mutation[] = [
  {
    check: 'method of upgrades',
    file: 'websocket.ts',
    from: "method !== 'GET' ||",
    to: '',
    noticedBy: 'another method',
  },
  {
    check: 'version of HTTP of upgrades',
    file: 'websocket.ts',
    from: "httpVersion !== '1.1' ||",
    to: '',
    noticedBy: 'HTTP/1.0',
  },
  {
    check: 'bodies of upgrades',
    file: 'websocket.ts',
    from: "if (head.transferEncoding !== undefined || (head.contentLength ?? '0') !== '0') return refusals.badUpgrade\n",
    to: '',
    noticedBy: 'with a body',
  },
  {
    check: 'keys of upgrades',
    file: 'websocket.ts',
    from: 'head.websocketKey === undefined || !/^[A-Za-z0-9+/]{22}==$/.test(head.websocketKey)',
    to: 'false',
    noticedBy: 'key',
  },
  {
    check: 'versions of upgrades',
    file: 'websocket.ts',
    from: "head.websocketVersion === '13' ?",
    to: 'true ?',
    noticedBy: 'version',
  },
  {
    check: 'waiting for 101',
    file: 'websocket.ts',
    from: "status === 101 && upgrade === 'websocket' &&",
    to: "upgrade === 'websocket' &&",
    noticedBy: 'right headers',
  },
  {
    check: 'the protocol of the answer',
    file: 'websocket.ts',
    from: "upgrade === 'websocket' &&",
    to: '',
    noticedBy: 'another protocol',
  },
  {
    check: 'the answer to the key',
    file: 'websocket.ts',
    from: "&& valueOf(headers, 'sec-websocket-accept') === expected",
    to: '',
    noticedBy: 'wrong answer',
  },
  {
    check: 'any agreement',
    file: 'websocket.ts',
    from: 'if (agrees(head, this.#task.key))',
    to: 'if (true)',
    noticedBy: 'the app ignores',
  },
  {
    check: 'informational answers',
    file: 'websocket.ts',
    from: '(this.#informational += 1) > INFORMATIONAL_LIMIT',
    to: '(this.#informational += 1) < 0',
    noticedBy: 'informational',
  },
  {
    check: 'headers of the answer',
    file: 'websocket.ts',
    from: "['Sec-WebSocket-Accept', 'Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions']",
    to: "['Sec-WebSocket-Accept', 'Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions', 'Set-Cookie']",
    noticedBy: 'more in the answer',
  },
]
