import type { Config } from '../../config.ts'
import type { Reached } from '../http/cookies.ts'

/**
 * Whether browsers are told to come by https only (RFC 6797). They keep that for a whole host, whatever the port, and then let nobody past a
 * certificate they do not trust. So only where the host is ours alone, at the port of https, and the certificate is not of our own making.
 */
export function keepsToHttps({
  encrypted,
  sslRoot,
  acmeEmail,
  publicUrl,
}: Config): ((reached: Reached) => boolean) | undefined {
  const url = publicUrl === undefined ? undefined : new URL(publicUrl)
  if (!encrypted || (!sslRoot && !acmeEmail) || url?.port !== '') return undefined
  return ({ secure, hostname }) => secure && hostname === url.hostname
}
