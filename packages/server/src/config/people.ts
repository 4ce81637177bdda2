import { flag, instanceKey, integer, oneOf, optional } from './parsers.ts'
import { setting } from './setting.ts'

/** Who may enter, and who may look inside. */
export const people = {
  adminPassword: setting({
    name: 'LAB_ADMIN_PASSWORD',
    byDefault: '',
    secret: true,
    meaning: 'Password of the first administrator, admin. Without it the first start prints a setup link.',
    parse: optional,
  }),
  registrationOpen: setting({
    name: 'ALLOW_SELF_REGISTRATIONS',
    byDefault: 'true',
    meaning: 'Visitors may register an account.',
    parse: flag,
  }),
  sessionHours: setting({
    name: 'LAB_SESSION_HOURS',
    byDefault: '720',
    meaning: 'How long a login lasts.',
    parse: integer(1, 24 * 400),
  }),
  cookieDomain: setting({
    name: 'LAB_COOKIE_DOMAIN',
    byDefault: '',
    meaning: 'Domain of the session cookie. Leave empty: every host below it could then read and overwrite the cookie.',
    parse: optional,
  }),
  secretKey: setting({
    name: 'LAB_SECRET_KEY',
    byDefault: '',
    secret: true,
    meaning: 'Key that protects stored secrets, 32 bytes in base64. Made once and kept below the data root if empty.',
    parse: instanceKey,
  }),
  metricsToken: setting({
    name: 'LAB_METRICS_TOKEN',
    byDefault: '',
    secret: true,
    meaning: 'Bearer token with which a scraper may read /metrics; administrators always may.',
    parse: optional,
  }),
  logLevel: setting({
    name: 'LAB_LOG_LEVEL',
    byDefault: 'info',
    meaning: 'debug, info, warn or error.',
    parse: oneOf('debug', 'info', 'warn', 'error'),
  }),
  debug: setting({
    name: 'LAB_DEBUG',
    byDefault: 'false',
    meaning: 'true sets the log level to debug. Secrets stay masked.',
    parse: flag,
  }),
} as const
