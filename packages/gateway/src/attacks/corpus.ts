import { SERVICE_LABEL } from '../testing/rig.ts'
import { ENTRY_ATTACKS } from './entries.ts'
import type { EntryAttack } from './entries/entry.ts'
import { ANSWER_ATTACKS, FORGED_NAMES, REQUEST_LEAKS } from './headers.ts'
import { MODES, type Mode } from './modes.ts'
import { KEPT_PATHS, REQUEST_ATTACKS, RESERVED_PATHS, type RequestAttack } from './requests.ts'
import {
  SMUGGLED_BEHIND,
  TALKATIVE,
  TALKATIVE_HEARD,
  UPGRADE_ATTACKS,
  UPGRADE_LIES,
  WEBSOCKET_REQUEST,
} from './upgrades.ts'
import { fill, headOf, request, statusOf, tell, withLyingApp, type Attack, type World } from './world.ts'

/** Every attack, against every way in which an app can be addressed, over either transport. An id says which: `own host: two hosts`. */
export const corpus: readonly Attack[] = [
  ...MODES.flatMap((mode) => [
    ...only(REQUEST_ATTACKS, mode).map((attack) => requestAttack(mode, attack)),
    plainRequest(mode),
    ...KEPT_PATHS.map((path) => keptPath(mode, path)),
    pipelined(mode),
    ...FORGED_NAMES.map((name) => requestLeak(mode, name, [`${name}: forged`], '', /forged/)),
    ...only(REQUEST_LEAKS, mode).map(({ name, headers, query, leak }) =>
      requestLeak(mode, name, headers, query ?? '', leak),
    ),
    named(mode),
    ...only(ANSWER_ATTACKS, mode).map((attack) => answerAttack(mode, attack)),
    ...UPGRADE_ATTACKS.map((attack) => upgradeAttack(mode, attack)),
    unanswered(mode),
    h2c(mode),
    ...UPGRADE_LIES.map(({ name, answer }) => upgradeLie(mode, name, answer)),
    talkative(mode),
  ]),
  ...RESERVED_PATHS.map(reservedPath),
  ...ENTRY_ATTACKS.map(entryAttack),
  replayedTicket(),
  malformedSecrets(),
  ...logs(),
  cookieBomb(),
]

function only<T extends { readonly modes?: readonly Mode['name'][] }>(attacks: readonly T[], mode: Mode): T[] {
  return attacks.filter(({ modes }) => modes === undefined || modes.includes(mode.name))
}

function attack(id: string, run: Attack['run']): Attack {
  return { id, run }
}

function requestAttack(mode: Mode, { name, line = '', headers, body, bare, status }: RequestAttack): Attack {
  return attack(`${mode.name}: ${name}`, async (world) => {
    const spelled = line
      .replace('{%2f}', mode.prefix.replace(/\/(?=[^/]+\/$)/, '%2f'))
      .replace(
        '{upper}',
        mode.prefix.replace(/[a-z]/, (letter) => letter.toUpperCase()),
      )
      .replace(
        '{%letter}',
        mode.prefix.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
      )
      .replace('{;}', mode.prefix.replace(/\/(?=[^/]+\/$)/, ';a/'))
    const [apps, platforms] = [world.appSaw.length, world.platformSaw.length]
    const answer = await world.send(bare ?? request(spelled, headers, body), mode, /\r\n\r\n/)
    if (world.appSaw.length !== apps) return `the app saw ${world.appSaw.at(-1)}`
    if (status === undefined) return undefined
    if (world.platformSaw.length !== platforms) return `the platform saw ${world.platformSaw.at(-1)}`
    // Cut in the middle of what the client sends, its answer may be lost: a reset overtakes it.
    if (status === 400 && answer === '') return undefined
    return statusOf(answer) === status ? undefined : `answered ${answer.slice(0, 200)}`
  })
}

/** The same without a trick does arrive: a gateway that refuses everything does not pass. */
function plainRequest(mode: Mode): Attack {
  return attack(`${mode.name}: no trick`, async (world) => {
    const read = await world.send(request('GET {prefix}a?x=1 HTTP/1.1'), mode, /from the app/)
    const written = await world.send(request('POST {prefix} HTTP/1.1', ['Content-Length: 3'], 'abc'), mode, /abc$/)
    return statusOf(read) === 200 && read.includes(`GET ${mode.seen('a?x=1')}\n`) && statusOf(written) === 200
      ? undefined
      : `answered ${read} ${written}`
  })
}

function keptPath(mode: Mode, path: string): Attack {
  return attack(`${mode.name}: the path ${path}`, async (world) => {
    await world.send(request(`GET {prefix}${path} HTTP/1.1`), mode, /from the app/)
    const saw = world.appSaw.at(-1)?.split('\n')[0]
    return saw === `GET ${mode.seen(path)}` ? undefined : `the app saw ${saw}`
  })
}

/** Requests in one write are answered one after the other, each decided by itself. */
function pipelined(mode: Mode): Attack {
  return attack(`${mode.name}: a request behind another`, async (world) => {
    const first = 'GET {prefix}first HTTP/1.1\r\nHost: {host}\r\n{auth}\r\n'
    const second = `GET {prefix}second HTTP/1.1\r\nHost: evil.test\r\n{auth}Connection: close\r\n\r\n`
    const answer = await world.send(first + second, mode, /421 /)
    return answer.includes('from the app') && answer.includes('HTTP/1.1 421 ') && !seen(world, 'second')
      ? undefined
      : `answered ${answer}`
  })
}

function requestLeak(mode: Mode, name: string, headers: readonly string[], query: string, leak: RegExp): Attack {
  return attack(`${mode.name}: ${name} of a client`, async (world) => {
    const before = world.appSaw.length
    // Credentials come in one line each, so a cookie joins the one that lets in.
    const bytes = withJoinedCookies(
      fill(request(`GET {prefix}${query} HTTP/1.1`, headers), mode, world.rig, world.scheme),
    )
    const answer = await world.rig.raw(bytes, { until: /from the app|HTTP\/1\.1 [345]/ })
    const saw = world.appSaw[before]
    if (saw === undefined) return `refused: ${answer.slice(0, 200)}`
    return leak.test(saw) ? `the app saw ${saw}` : undefined
  })
}

function withJoinedCookies(bytes: string): string {
  const cookies = [...bytes.matchAll(/^Cookie: (.*)\r\n/gm)].map(([, value]) => value)
  return cookies.length < 2
    ? bytes
    : bytes.replace(/^Cookie: .*\r\n/gm, '').replace('\r\n\r\n', `\r\nCookie: ${cookies.join('; ')}\r\n\r\n`)
}

/** `Connection` cannot take away what the gateway says about the client. */
function named(mode: Mode): Attack {
  return attack(`${mode.name}: Connection naming our headers`, async (world) => {
    const headers = ['Connection: close, X-Lab-User, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Host']
    await world.send(request('GET {prefix} HTTP/1.1', headers), mode, /from the app/)
    const saw = world.appSaw.at(-1) ?? ''
    const told = [
      'X-Lab-User: ann',
      'X-Forwarded-For: 127.0.0.1',
      `X-Forwarded-Proto: ${world.scheme}`,
      `Host: ${mode.host(world.rig)}`,
    ]
    return told.every((line) => saw.includes(`\n${line}`)) ? undefined : `the app saw ${saw}`
  })
}

function answerAttack(
  mode: Mode,
  { name, told, leak, holds = [], headers = [] }: (typeof ANSWER_ATTACKS)[number],
): Attack {
  return attack(`${mode.name}: ${name}`, async (world) => {
    const filled = { ...told, headers: (told.headers ?? []).map((text) => fill(text, mode, world.rig, world.scheme)) }
    const isFramed = headers.includes('FRAMED')
    const asked = request(
      `GET {prefix}${tell(filled)} HTTP/1.1`,
      headers.filter((line) => line !== 'FRAMED'),
    )
    const bytes = fill(asked, mode, world.rig, world.scheme)
    const sent = isFramed ? bytes.replace('__Host-lab-app-', '__Host-lab-frame-') : bytes
    const head = headOf(await world.rig.raw(sent, { until: /\r\n\r\n/ }))
    if (statusOf(head) !== (told.status ?? 200)) return `answered ${head}`
    if (leak?.test(head)) return `came back: ${head}`
    const missing = holds.find((one) => !one.test(head))
    return missing ? `${missing} is missing: ${head}` : undefined
  })
}

function upgradeAttack(mode: Mode, { name, bytes, status }: (typeof UPGRADE_ATTACKS)[number]): Attack {
  return attack(`${mode.name}: an upgrade ${name}`, async (world) => {
    const before = world.appSaw.length
    const answer = await world.send(bytes + SMUGGLED_BEHIND, mode)
    if (world.appSaw.length !== before) return `the app saw ${world.appSaw.at(-1)}`
    if (answer.match(/HTTP\/1\.1 /g)?.length !== 1) return `answers: ${answer}`
    return statusOf(answer) === status ? undefined : `answered ${answer.slice(0, 200)}`
  })
}

/** An app that does not agree gives no way to talk to it. */
function unanswered(mode: Mode): Attack {
  return attack(`${mode.name}: an upgrade that the app ignores`, async (world) => {
    const answer = await world.send(WEBSOCKET_REQUEST + SMUGGLED_BEHIND, mode)
    return statusOf(answer) === 502 && !answer.includes('from the app') && !seen(world, 'smuggled')
      ? undefined
      : `answered ${answer}`
  })
}

function h2c(mode: Mode): Attack {
  return attack(`${mode.name}: an upgrade to HTTP/2`, async (world) => {
    const headers = ['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA']
    const answer = await world.send(request('GET {prefix} HTTP/1.1', headers), mode, /from the app/)
    const saw = world.appSaw.at(-1) ?? ''
    return statusOf(answer) === 200 && !/upgrade|http2/i.test(saw) ? undefined : `answered ${answer}`
  })
}

function upgradeLie(mode: Mode, name: string, answer: string): Attack {
  return attack(`${mode.name}: an upgrade answered with ${name}`, (world) =>
    withLyingApp(world.rig, answer, async () => {
      const heard = await world.send(WEBSOCKET_REQUEST + SMUGGLED_BEHIND, mode)
      return statusOf(heard) === 502 && !heard.includes('from the app') ? undefined : `answered ${heard}`
    }),
  )
}

function talkative(mode: Mode): Attack {
  return attack(`${mode.name}: more in the answer to an upgrade than is needed`, (world) =>
    withLyingApp(world.rig, TALKATIVE, async () => {
      const heard = await world.send(WEBSOCKET_REQUEST, mode, /\r\n\r\n/)
      return heard === TALKATIVE_HEARD ? undefined : `answered ${heard}`
    }),
  )
}

function reservedPath(path: string): Attack {
  return attack(`the gateway’s own path as ${path}`, async (world) => {
    const [mode] = MODES
    const before = world.appSaw.length
    const answer = mode ? await world.send(request(`GET ${path} HTTP/1.1`), mode, /\r\n\r\n/) : ''
    return statusOf(answer) === 404 && world.appSaw.length === before ? undefined : `answered ${answer.slice(0, 200)}`
  })
}

function entryAttack({ name, host, method = 'GET', path, headers, body, status, holds, leak }: EntryAttack): Attack {
  return attack(`${host} ${path.split('?')[0]?.slice(0, 30)}: ${name}`, async (world) => {
    const length = body === undefined ? [] : ['Content-Length: {length}']
    const before = world.appSaw.length
    const answer = await ask(world, [`${method} ${path} HTTP/1.1`, `Host: ${host}`, ...headers, ...length], body)
    const got = statusOf(answer)
    const head = headOf(answer)
    const isIn = world.appSaw.length > before && got === 200
    if (status === 'in' ? !isIn : got !== status) return `answered ${answer.slice(0, 600)}`
    // 502 is the app's refusal of a websocket it does not know: it was asked.
    if (status !== 'in' && status !== 502 && world.appSaw.length > before) return `the app saw ${world.appSaw.at(-1)}`
    if (leak?.test(head)) return `came back: ${head}`
    return holds === undefined || holds.test(head) ? undefined : `${holds} is missing: ${head}`
  })
}

async function ask({ rig, scheme }: World, lines: readonly string[], body = ''): Promise<string> {
  const [mode] = MODES
  if (!mode) throw new Error('no mode')
  const ticket = lines.concat(body).some((text) => text.includes('{ticket}'))
    ? rig.people.issueTicket(SERVICE_LABEL)
    : ''
  const sent = body.replace('{ticket}', ticket)
  const isUpgrade = lines.some((line) => line.startsWith('Upgrade:'))
  const head = [...lines, ...(isUpgrade ? [] : ['Connection: close'])].map((line) => `${line}\r\n`).join('')
  const filled = fill(head, mode, rig, scheme).replace('{length}', String(sent.length)).replace('{ticket}', ticket)
  return rig.raw(`${filled}\r\n${sent}`)
}

function replayedTicket(): Attack {
  return attack('a ticket that was used', async (world) => {
    const ticket = world.rig.people.issueTicket(SERVICE_LABEL)
    const lines = [
      'POST /.lab/enter HTTP/1.1',
      'Host: {service}',
      'Origin: http://{main}',
      'Content-Type: application/x-www-form-urlencoded',
      'Content-Length: {length}',
    ]
    const [first, second] = [
      await ask(world, lines, `ticket=${ticket}&to=/`),
      await ask(world, lines, `ticket=${ticket}&to=/`),
    ]
    return statusOf(first) === 303 && statusOf(second) === 403 && !/Set-Cookie/i.test(second) ? undefined : second
  })
}

/** Whoever makes up secrets does not get to ask the platform with what cannot be one. */
function malformedSecrets(): Attack {
  return attack('no form of a secret', async ({ rig }) => {
    for (const secret of ['x', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}%`, `${'A'.repeat(42)};`])
      await rig.call({ host: rig.address, path: `/c/${secret}/` })
    const asked = rig.people.lookedUp.filter((secret) => !/^[\w-]{43}$/.test(secret))
    return asked.length === 0 ? undefined : `looked up ${asked.join(' ')}`
  })
}

/** Runs late: what the attacks before it sent must be in no log. */
function logs(): Attack[] {
  return [/mlp_/, /capability-of-ann/, /told=/, /lab_token/].map((secret) =>
    attack(`${secret.source} in a log`, async ({ rig, send }) => {
      for (const mode of MODES)
        await send(request('GET {prefix}logged?lab_token=mlp_x&told=e30 HTTP/1.1'), mode, /from the app/)
      const text = JSON.stringify([rig.records, rig.log.entries])
      if (!text.includes('logged')) return 'nothing is in the log'
      return secret.test(text)
        ? `logged: ${text.slice(text.search(secret) - 100, text.search(secret) + 100)}`
        : undefined
    }),
  )
}

/** A head that is too large is mostly planted cookies: the browser is told to forget them. */
function cookieBomb(): Attack {
  return attack('a bomb of cookies', async (world) => {
    const cookies = Array.from({ length: 40 }, (_, i) => `bomb${i}=${'x'.repeat(4000)}`).join('; ')
    const answer = await ask(world, ['GET / HTTP/1.1', 'Host: {main}', `Cookie: ${cookies}`])
    return statusOf(answer) === 431 && answer.includes('Clear-Site-Data: "cookies"')
      ? undefined
      : `answered ${answer.slice(0, 200)}`
  })
}

function seen({ appSaw }: World, what: string): boolean {
  return appSaw.some((line) => line.split('\n')[0]?.includes(what))
}
