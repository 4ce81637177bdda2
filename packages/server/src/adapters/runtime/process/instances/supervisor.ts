import { messageOf, type Log, type Scope } from '@mllab/kernel'

import type { Host } from '../host/host.ts'
import type { DiskGuard } from './disk-guard.ts'
import type { Limits } from './limits.ts'
import type { MachineGuard } from './machine-guard.ts'
import type { Registry } from './registry.ts'

/** How soon the end of an instance is noticed that an earlier server started; our own report it at once. */
const ADOPTED_MS = 500
const LOGS_MS = 2000
/** A disk takes in a gigabyte a second. */
const DISK_MS = 250
const FILES_MS = 1000
const PORTS_MS = 5000
/** Looking through all processes costs about 10 ms: often only where the kernel does not keep the limits. */
const SAMPLED_MS = 1000
const WATCHED_MS = 5000

/** Looks after running instances until the scope closes. A look that fails is repeated, and reported once. */
export function superviseInstances(input: {
  scope: Scope
  registry: Registry
  host: Host
  limits: Limits
  guardDisks: readonly DiskGuard[]
  guard: MachineGuard
  log: Log
}): void {
  const { scope, registry, host, limits, guardDisks, guard, log } = input
  host.onExit((runFolder) => {
    // By its name alone: one that was kept ready has moved since.
    const entry = registry.all().find((candidate) => runFolder.endsWith(`run-${candidate.record.run}`))
    if (entry) void attempt(log, () => registry.refresh([entry]))
  })
  repeat(scope, log, ADOPTED_MS, () => registry.refresh(registry.all().filter(({ adopted }) => adopted)))
  repeat(scope, log, WATCHED_MS, () => registry.refresh())
  repeat(scope, log, LOGS_MS, () => limits.trimLogs(registry.all()))
  for (const guardDisk of guardDisks) repeat(scope, log, DISK_MS, () => guardDisk(registry.all()))
  repeat(scope, log, FILES_MS, () => guard.files(registry.all()))
  repeat(scope, log, PORTS_MS, () => guard.ports(registry.all()))
  repeat(scope, log, limits.areSampled ? SAMPLED_MS : WATCHED_MS, () => limits.enforce(registry.all()))
}

function repeat(scope: Scope, log: Log, intervalMs: number, look: () => Promise<void>): void {
  let busy = false
  scope.every(intervalMs, () => {
    if (busy) return
    busy = true
    void attempt(log, look).finally(() => {
      busy = false
    })
  })
}

async function attempt(log: Log, look: () => Promise<void>): Promise<void> {
  try {
    await look()
  } catch (error) {
    log.warn('a look after instances failed', { error: messageOf(error) })
  }
}
