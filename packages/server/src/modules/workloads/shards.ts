import { sha256Hex, type Log, type Scope } from '@mllab/kernel'

import type { Lease, Leases } from '../../core/leases.ts'

export const SHARDS = 16
const TTL_MS = 15_000
const RENEW_MS = 5000
const names = Array.from({ length: SHARDS }, (_, shard) => nameOf(shard))

/** Which sixteenth of the workloads this server looks after. With several servers each holds some; a dead one's are taken over. */
export interface Shards {
  /** The lease under which a workload of this shard may be written, or undefined while another server has it. */
  lease(shard: number): Lease | undefined
  held(): readonly number[]
}

export function shardOf(workloadId: string): number {
  return Number.parseInt(sha256Hex(workloadId).slice(0, 4), 16) % SHARDS
}

/** Takes what can be had, and goes on taking and renewing. `onGain` is called when shards were added. */
export async function holdShards({
  leases,
  scope,
  log,
  onGain,
}: {
  leases: Leases
  scope: Scope
  log: Log
  onGain: () => void
}): Promise<Shards> {
  const held = new Map<number, Lease>()
  let renewing = false

  const renew = async () => {
    if (renewing) return
    renewing = true
    const before = held.size
    try {
      const taken = new Map((await leases.takeAll(names, TTL_MS)).map((lease) => [lease.name, lease]))
      for (const [shard, name] of names.entries()) {
        const lease = taken.get(name)
        if (lease) held.set(shard, lease)
        else held.delete(shard)
      }
    } catch (error) {
      // What cannot be renewed is not written under: the lease's epoch guards every write.
      log.warn('leases could not be renewed', { error: String(error) })
    } finally {
      renewing = false
    }
    if (held.size > before) onGain()
  }

  await renew()
  scope.every(RENEW_MS, () => void renew())
  scope.defer(async () => {
    await Promise.all(
      [...held.keys()].map((shard) => leases.release(nameOf(shard)).catch(() => undefined /* it runs out by itself */)),
    )
  })
  return { lease: (shard) => held.get(shard), held: () => [...held.keys()] }
}

function nameOf(shard: number): string {
  return `workloads:${shard}`
}
