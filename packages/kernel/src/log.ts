export type LogFields = Readonly<Record<string, unknown>>

/** What a part writes its log to. Messages are sentences without values; values are fields. Secrets are never fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A log whose every line carries these fields. */
  child(fields: LogFields): Log
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
}

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields
}

/** Keeps entries for tests. */
export function memoryLog(entries: LogEntry[] = [], base: LogFields = {}): Log & { entries: LogEntry[] } {
  const write =
    (level: LogEntry['level']) =>
    (message: string, fields: LogFields = {}) => {
      entries.push({ level, message, fields: { ...base, ...fields } })
    }
  return {
    entries,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => memoryLog(entries, { ...base, ...fields }),
  }
}
