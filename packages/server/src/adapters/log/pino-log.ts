import type { Log, LogFields } from '@mllab/kernel'
import pino, { type Logger } from 'pino'

/** JSON lines on stderr. Field names that could hold a secret are masked, whoever writes them. */
export function createPinoLog(level: 'debug' | 'info' | 'warn' | 'error', destination: pino.DestinationStream): Log {
  return wrap(
    pino(
      {
        level,
        base: null,
        redact: {
          paths: ['password', 'secret', 'token', 'authorization', 'cookie', '*.password', '*.secret', '*.token'],
          censor: '********',
        },
      },
      destination,
    ),
  )
}

function wrap(logger: Logger): Log {
  const write = (method: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) =>
    fields ? logger[method](fields, message) : logger[method](message)
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => wrap(logger.child(fields)),
  }
}
