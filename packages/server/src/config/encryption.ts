import { isIP } from 'node:net'

import { isLocalName } from '@mllab/gateway'

import { flag, httpsUrl, optional, optionalFile, optionalFolder } from './parsers.ts'
import { setting } from './setting.ts'

/** Whether the port speaks TLS by itself, and with which certificate. */
export const encryption = {
  encrypted: setting({
    name: 'SERVICE_SSL_ENABLED',
    aliases: ['SSL_ENABLED'],
    byDefault: 'false',
    meaning:
      'true serves https on the one port, by a certificate of its own making unless LAB_SSL_ROOT or LAB_ACME_EMAIL brings a better one. SSL_ENABLED means the same. Leave it off behind a proxy that ends TLS.',
    parse: flag,
  }),
  sslRoot: setting({
    name: 'LAB_SSL_ROOT',
    byDefault: '',
    meaning:
      'Folder with cert.crt (and what leads to its authority behind it) and cert.key, both PEM; apps.crt and apps.key beside them if apps have a certificate of their own. Changed files are taken up while the server runs.',
    parse: optionalFolder,
  }),
  acmeEmail: setting({
    name: 'LAB_ACME_EMAIL',
    byDefault: '',
    meaning:
      'Gets a certificate for the name in LAB_PUBLIC_URL from Let’s Encrypt and renews it; the authority writes to this address. Setting it agrees to their terms. Port 443 of that name has to lead here.',
    parse: optional,
  }),
  acmeDirectory: setting({
    name: 'LAB_ACME_DIRECTORY',
    byDefault: 'https://acme-v02.api.letsencrypt.org/directory',
    meaning: 'Another authority that speaks ACME.',
    parse: httpsUrl,
  }),
  acmeCaFile: setting({
    name: 'LAB_ACME_CA_FILE',
    byDefault: '',
    meaning: 'PEM file of who certifies that authority, if it is a private one.',
    parse: optionalFile,
  }),
} as const

interface Chosen {
  readonly encrypted: boolean
  readonly sslRoot: string | undefined
  readonly acmeEmail: string | undefined
  readonly publicUrl: string | undefined
  readonly appsHost: string
}

/** What cannot be meant together, a sentence each. */
export function encryptionProblems({ encrypted, sslRoot, acmeEmail, publicUrl, appsHost }: Chosen): string[] {
  const host = publicUrl === undefined ? '' : new URL(publicUrl).hostname
  const isPublicName = host.includes('.') && isIP(host.replace(/^\[(.*)\]$/, '$1')) === 0 && !isLocalName(host)
  return [
    ...(encrypted && publicUrl?.startsWith('http:')
      ? ['LAB_PUBLIC_URL begins with http:, but SERVICE_SSL_ENABLED is true: begin it with https:.']
      : []),
    ...(acmeEmail && !encrypted ? ['LAB_ACME_EMAIL needs SERVICE_SSL_ENABLED=true.'] : []),
    ...(acmeEmail && sslRoot
      ? ['LAB_ACME_EMAIL and LAB_SSL_ROOT both bring a certificate: leave one of them out.']
      : []),
    ...(acmeEmail && !isPublicName
      ? [
          'LAB_ACME_EMAIL needs LAB_PUBLIC_URL with the name that the certificate is for, for example https://lab.example.org: no authority gives one for localhost or for an address.',
        ]
      : []),
    ...(acmeEmail && !isLocalName(appsHost)
      ? [
          `LAB_ACME_EMAIL gets no certificate for *.${appsHost}: authorities give wildcards only to who changes DNS. Get one with a DNS plug-in of certbot or lego and point LAB_SSL_ROOT to it, or leave LAB_APPS_HOST out.`,
        ]
      : []),
  ]
}
