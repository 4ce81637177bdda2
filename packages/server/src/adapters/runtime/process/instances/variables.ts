import os from 'node:os'

import { PortError } from '@mllab/kernel'

import { SYSTEM_PATH } from '../host/host.ts'
import { MARKER_VARIABLE } from '../host/process-table.ts'

/** How programs here reach the world outside; the only variables of the server that its workloads and builders get. */
export const NETWORK_VARIABLES = [
  'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy',
  'SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'PIP_CERT',
  'PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL', 'PIP_TRUSTED_HOST', 'PIP_DEFAULT_TIMEOUT',
  'UV_INDEX_URL', 'UV_DEFAULT_INDEX', 'UV_INDEX', 'UV_EXTRA_INDEX_URL', 'UV_HTTP_TIMEOUT', 'UV_INSECURE_HOST',
  'npm_config_registry', 'NPM_CONFIG_REGISTRY',
  'TZ',
] as const // prettier-ignore

/** Picks `NETWORK_VARIABLES` out of an environment. For the one place that reads the server's own. */
export function networkVariables(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const name of NETWORK_VARIABLES) {
    const value = env[name]
    if (value !== undefined) picked[name] = value
  }
  return picked
}

export interface VariablesInput {
  readonly network: Readonly<Record<string, string>>
  /** Folder of programs of the image's environment, if it has one. */
  readonly binFolder: string | undefined
  /** Undefined: the server's own. */
  readonly userName: string | undefined
  readonly home: string
  readonly scratch: string
  readonly image: Readonly<Record<string, string>>
  readonly spec: Readonly<Record<string, string>>
  readonly tcpPorts: ReadonlyMap<string, number>
}

/** The environment of a workload but for its secrets and its marker. Built from a list: nothing is inherited from the server. */
export function plainVariables(input: VariablesInput): Record<string, string> {
  const user = input.userName ?? serverUserName()
  const variables: Record<string, string> = {
    ...input.network,
    PATH: input.binFolder ? `${input.binFolder}:${SYSTEM_PATH}` : SYSTEM_PATH,
    HOME: input.home,
    USER: user,
    LOGNAME: user,
    SHELL: '/bin/sh',
    LANG: 'C.UTF-8',
    TMPDIR: `${input.scratch}/tmp`,
    LAB_SCRATCH: input.scratch,
    PYTHONUNBUFFERED: '1',
  }
  const [firstPort] = input.tcpPorts.values()
  if (firstPort !== undefined) {
    variables['PORT'] = String(firstPort)
    // The gateway is the only way in: on any other address it would answer without a token.
    variables['LAB_PORT_HOST'] = '127.0.0.1'
  }
  const all = { ...variables, ...input.image, ...input.spec }
  // An image whose users have an environment of their own names it; every command in there has to find it first.
  const own = all['VIRTUAL_ENV']
  return own === undefined ? all : { ...all, PATH: `${own}/bin:${all['PATH']}` }
}

/** Adds what never reaches a disk. Throws `INVALID` for names and values that no process can have. */
export function completeVariables(
  plain: Readonly<Record<string, string>>,
  secret: Readonly<Record<string, string>>,
  marker: string,
) {
  const variables: Record<string, string> = { ...plain, ...secret, [MARKER_VARIABLE]: marker }
  for (const [name, value] of Object.entries(variables)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new PortError('INVALID', `not a name of a variable: ${name}`, { subjects: [name] })
    if (value.includes('\0'))
      throw new PortError('INVALID', `the value of ${name} has a NUL byte`, { subjects: [name] })
  }
  return variables
}

function serverUserName(): string {
  try {
    return os.userInfo().username
  } catch {
    return 'lab'
  }
}
