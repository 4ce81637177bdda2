import { createScope, hasCode, messageOf, type Log, type Scope } from '@mllab/kernel'
import pino from 'pino'

import { DataRootError } from './adapters/data-root.ts'
import { createPinoLog } from './adapters/log/pino-log.ts'
import { networkVariables } from './adapters/runtime/process/instances/variables.ts'
import { ConfigError, effectiveSettings, loadConfig, unknownSettings, type Config } from './config.ts'
import { CertificateError } from './edges/tls/pair.ts'
import { returnMemoryWhenIdle } from './idle-memory.ts'
import { MigrationError } from './migrations/migrate.ts'
import { version } from './version.ts'

const STOP_WITHIN_MS = 9500

// `mllab config | head`: whoever reads has had enough.
process.stdout.on('error', (error) => process.exit(hasCode(error, 'EPIPE') ? 0 : 1))

// Each command loads what it needs: the gateway has half of a platform's memory because it never sees one.
const [command = 'up', ...rest] = process.argv.slice(2)
if (command === 'up' && rest.length === 0) await up()
else if (command === 'gateway' && rest.length === 0) await gateway()
else if (command === 'config' && rest.length === 0) printConfig()
else if (command === 'reset-password' && rest.length === 1 && rest[0]) await newPassword(rest[0])
else if (command === 'version') process.stdout.write(`${version}\n`)
else {
  process.stderr.write(
    `mllab: there is no command ${JSON.stringify([command, ...rest].join(' '))}; use up, gateway, config, reset-password or version.\n`,
  )
  process.exitCode = 2
}

async function up(): Promise<void> {
  const config = readConfig()
  if (!config) return
  for (const name of unknownSettings(process.env))
    process.stderr.write(`mllab: ${name} is no setting; see \`mllab config\` for those there are.\n`)
  const log = createPinoLog(config.debug ? 'debug' : config.logLevel, pino.destination({ dest: 2, sync: false }))
  const scope = createScope()
  closeOnSignals(scope, log)
  try {
    const { startPlatform } = await import('./platform.ts')
    const platform = await startPlatform({
      config,
      log,
      network: networkVariables(process.env),
      ...(process.env['PATH'] ? { searchPath: process.env['PATH'] } : {}),
    })
    scope.own(platform)
    returnMemoryWhenIdle(scope)
    if (platform.setupLink)
      process.stdout.write(
        `\n  ML Lab is ready. Choose the administrator's password here, once:\n\n  ${platform.setupLink}\n\n`,
      )
    else process.stdout.write(`\n  ML Lab is ready at ${platform.url}\n\n`)
    const tls = platform.tls()
    if (tls?.kind === 'self-signed' && config.acmeEmail === undefined)
      process.stdout.write(aboutOwnCertificate(tls.fingerprint))
    log.info('listening', { url: platform.url, readyMs: Math.round(performance.now()), version })
  } catch (error) {
    process.stderr.write(`mllab: ${sentenceFor(error, config)}\n`)
    process.exit(1)
  }
}

async function gateway(): Promise<void> {
  const config = readConfig()
  if (!config) return
  if (config.gateway !== 'apart') {
    process.stderr.write('mllab: The server has the port itself: set LAB_GATEWAY=apart for both programs.\n')
    process.exitCode = 1
    return
  }
  const log = createPinoLog(config.debug ? 'debug' : config.logLevel, pino.destination({ dest: 2, sync: false }))
  const scope = createScope()
  closeOnSignals(scope, log)
  try {
    const { startGatewayProgram } = await import('./gateway-program.ts')
    await startGatewayProgram(config, { log, scope })
    returnMemoryWhenIdle(scope)
    log.info('the gateway listens', { host: config.host, port: config.port, version })
  } catch (error) {
    process.stderr.write(`mllab: ${sentenceFor(error, config)}\n`)
    process.exit(1)
  }
}

/** SIGINT and SIGTERM close what is open and end with 0. */
function closeOnSignals(scope: Scope, log: Log): void {
  let stopping = false
  const stop = (signal: string) => {
    if (stopping) return
    stopping = true
    log.info('stopping', { signal })
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref()
    scope.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('stopping failed', { error: messageOf(error) })
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', () => stop('SIGINT'))
  process.on('SIGTERM', () => stop('SIGTERM'))
}

async function newPassword(username: string): Promise<void> {
  const config = readConfig()
  if (!config) return
  try {
    const { resetPassword } = await import('./reset-password.ts')
    const password = await resetPassword(config, username, version)
    if (password !== undefined)
      return void process.stdout.write(`${username} signs in with ${password} now. Change it under Account.\n`)
    process.stderr.write(`mllab: There is no account ${username}.\n`)
  } catch (error) {
    process.stderr.write(`mllab: ${sentenceFor(error, config)}\n`)
  }
  process.exitCode = 1
}

function printConfig(): void {
  const lines = effectiveSettings(process.env)
  const width = Math.max(...lines.map(({ name }) => name.length))
  for (const { name, value, source, meaning } of lines)
    process.stdout.write(
      `${name.padEnd(width)}  ${value === '' ? '(none)' : value}  [${source}]\n${''.padEnd(width)}  ${meaning}\n`,
    )
  readConfig()
}

function readConfig(): Config | undefined {
  try {
    return loadConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const problem of error.problems) process.stderr.write(`mllab: ${problem}\n`)
    process.exitCode = 1
    return undefined
  }
}

function aboutOwnCertificate(fingerprint: string): string {
  return (
    '  Its certificate is signed by itself, so browsers warn once, and programs refuse until they are told to trust it\n' +
    `  (docs/guides/addresses.md). Both can compare its SHA-256 fingerprint:\n\n  ${fingerprint}\n\n`
  )
}

/** What a person who starts the server needs to know: what is wrong and what to do, in one sentence. */
function sentenceFor(error: unknown, config: Config): string {
  if (error instanceof CertificateError || error instanceof DataRootError || error instanceof MigrationError)
    return error.message
  if (hasCode(error, 'EADDRINUSE'))
    return `Port ${config.port} is taken by another program: stop it, or choose another port with LAB_PORT.`
  if (hasCode(error, 'EACCES') && config.port < 1024)
    return `Port ${config.port} may be used by root only: choose another port with LAB_PORT.`
  if (hasCode(error, 'EADDRNOTAVAIL')) return `This machine has no address ${config.host}: correct LAB_HOST.`
  return messageOf(error)
}
