import { contract, type Answer, type Contract, type Endpoint, type Problem, type Sent } from '@mllab/contract'

import { isCertificateProblem, LabProblem } from './problem.ts'

export interface ClientOptions {
  /** Where the platform is, with its base path: `http://localhost:8091`. In a browser on the platform: `''`. */
  readonly baseUrl: string
  /** `mlp_…`; without it the browser's session cookie counts. */
  readonly token?: string
  readonly fetch?: typeof fetch
}

/** `fetch`, as the client calls it. */
export type Fetch = (
  address: string,
  init: Omit<RequestInit, 'headers'> & { readonly headers: Readonly<Record<string, string>> },
) => Promise<Response>

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
  /** In place of the client's. */
  readonly fetch?: Fetch | undefined
}

type Needed<T> = { [K in keyof T as T[K] extends undefined ? never : K]: T[K] }
type Input<E extends Endpoint> = Needed<Sent<E>>
type Body<E extends Endpoint> = E['body'] extends 'bytes'
  ? { readonly bytes: NonNullable<RequestInit['body']> }
  : unknown
type Result<E extends Endpoint> = E['success']['body'] extends 'bytes' ? Response : Answer<E>

/** One function per endpoint: `client.projects.get({ params: { project: 'wine' } })`. */
export type Client = {
  readonly [Group in keyof Contract]: {
    readonly [Name in keyof Contract[Group]]: Contract[Group][Name] extends Endpoint
      ? (
          input: Input<Contract[Group][Name]> & Body<Contract[Group][Name]>,
          options?: CallOptions,
        ) => Promise<Result<Contract[Group][Name]>>
      : never
  }
}

interface LooseInput {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly bytes?: NonNullable<RequestInit['body']>
}

/** A typed client inferred from the contract. Throws `LabProblem` for every answer that is not a success. */
export function createClient(options: ClientOptions): Client {
  const groups = Object.entries(contract).map(([group, endpoints]) => [
    group,
    Object.fromEntries(
      Object.entries<Endpoint>(endpoints).map(([name, endpoint]) => [
        name,
        (input: LooseInput = {}, call: CallOptions = {}) => send(options, endpoint, input, call),
      ]),
    ),
  ])
  return Object.fromEntries(groups) as Client // built from the same object as the type
}

async function send(
  options: ClientOptions,
  endpoint: Endpoint,
  input: LooseInput,
  call: CallOptions,
): Promise<unknown> {
  const fetchOne = call.fetch ?? options.fetch ?? fetch
  const response = await fetchOne(options.baseUrl + address(endpoint, input), {
    method: endpoint.method,
    headers: {
      accept: 'application/json',
      ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
      ...call.headers,
    },
    ...(input.bytes !== undefined
      ? { body: input.bytes, ...(input.bytes instanceof ReadableStream ? { duplex: 'half' } : {}) }
      : input.body === undefined
        ? {}
        : { body: JSON.stringify(input.body) }),
    ...(call.signal ? { signal: call.signal } : {}),
  }).catch(explainCertificate)
  if (!response.ok) throw new LabProblem(await problemFrom(response))
  if (endpoint.success.body === 'bytes') return response
  return endpoint.success.body === undefined ? undefined : response.json()
}

/** `fetch` says no more than that it failed. */
function explainCertificate(error: unknown): never {
  const cause: unknown = error instanceof TypeError ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (!isCertificateProblem(code)) throw error
  throw new TypeError(
    `The server's certificate is not trusted (${code}): start this program with NODE_EXTRA_CA_CERTS=<file>, the certificate of who signed it.`,
    { cause },
  )
}

function address(endpoint: Endpoint, input: LooseInput): string {
  const path = endpoint.path.replace(/\{(\w+)(\*?)\}/g, (_, name: string, rest: string) => {
    const value = String(input.params?.[name] ?? '')
    return rest ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value)
  })
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(input.query ?? {}))
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) query.append(name, String(one))
  return query.size > 0 ? `${path}?${query.toString()}` : path
}

async function problemFrom(response: Response): Promise<Problem> {
  const text = await response.text()
  if (response.headers.get('content-type')?.startsWith('application/problem+json')) return JSON.parse(text) as Problem // our server's own format
  return {
    type: 'about:blank',
    code: response.status === 401 ? 'NOT_SIGNED_IN' : 'UNAVAILABLE',
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
    detail: `The server answered ${response.status} without saying why.`,
    fix: 'Try again in a moment.',
    fields: [],
    requestId: response.headers.get('x-request-id') ?? '',
  }
}
