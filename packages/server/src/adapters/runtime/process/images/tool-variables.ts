import { SYSTEM_PATH } from '../host/host.ts'

const PYPI = 'https://pypi.org/simple'
const NPM = 'https://registry.npmjs.org'

/**
 * The environment of uv and pip, built from a list: `PYTHONDONTWRITEBYTECODE` or a uv setting of the server's own would quietly change
 * what is built. pip's names for an index and a certificate count for uv too.
 */
export function toolVariables(
  network: Readonly<Record<string, string>>,
  folders: { readonly home: string; readonly cache: string },
) {
  const indexUrl = network['UV_DEFAULT_INDEX'] ?? network['UV_INDEX_URL'] ?? network['PIP_INDEX_URL'] ?? PYPI
  const certificates = network['SSL_CERT_FILE'] ?? network['PIP_CERT']
  const extraIndex = network['UV_EXTRA_INDEX_URL'] ?? network['PIP_EXTRA_INDEX_URL']
  const env: Record<string, string> = {
    ...network,
    PATH: SYSTEM_PATH,
    HOME: folders.home,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    UV_CACHE_DIR: folders.cache,
    UV_DEFAULT_INDEX: indexUrl,
    UV_NO_CONFIG: '1',
    // Never by itself: where the network is closed it would hang, where it is open it would surprise.
    UV_PYTHON_DOWNLOADS: 'never',
    ...(certificates && { SSL_CERT_FILE: certificates }),
    ...(extraIndex && { UV_EXTRA_INDEX_URL: extraIndex }),
  }
  return { env, indexUrl }
}

/** Where packages of npm come from. */
export function npmRegistry(network: Readonly<Record<string, string>>): string {
  return network['npm_config_registry'] ?? network['NPM_CONFIG_REGISTRY'] ?? NPM
}
