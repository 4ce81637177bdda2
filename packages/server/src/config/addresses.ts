import { address, basePath, hostName, integer, list, oneOf, text } from './parsers.ts'
import { setting } from './setting.ts'

/** How the server is reached, and what it believes about who reaches it. */
export const addresses = {
  port: setting({
    name: 'LAB_PORT',
    byDefault: '8091',
    meaning: 'The one port: pages, API, MLflow, workspaces and services. 0 takes a free one.',
    parse: integer(0, 65_535),
  }),
  gateway: setting({
    name: 'LAB_GATEWAY',
    byDefault: 'inside',
    meaning:
      'inside: the server has the port itself. apart: a second program, mllab gateway, has it, and what is open through it outlives a restart of the server.',
    parse: oneOf('inside', 'apart'),
  }),
  host: setting({
    name: 'LAB_HOST',
    byDefault: '127.0.0.1',
    meaning: 'Address to listen on; 0.0.0.0 for all.',
    parse: text,
  }),
  basePath: setting({
    name: 'LAB_BASE_URL',
    byDefault: '',
    meaning: 'Path prefix behind a proxy, without a slash at the end: /lab.',
    parse: basePath,
  }),
  publicUrl: setting({
    name: 'LAB_PUBLIC_URL',
    byDefault: '',
    meaning: 'The address people use, if it is not http://localhost with the port.',
    parse: address,
  }),
  appsHost: setting({
    name: 'LAB_APPS_HOST',
    byDefault: 'localhost',
    meaning:
      'Workspaces and services are at <name>.<this host>, each an origin of its own. Needs wildcard DNS unless it is localhost.',
    parse: hostName,
  }),
  extraHosts: setting({
    name: 'LAB_EXTRA_HOSTS',
    byDefault: '',
    meaning: 'Further host names the server answers for, separated by commas.',
    parse: list,
  }),
  trustedProxies: setting({
    name: 'LAB_TRUSTED_PROXIES',
    byDefault: '',
    meaning: 'Addresses whose X-Forwarded headers are believed, separated by commas.',
    parse: list,
  }),
} as const
