import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

import type { Clock } from '@mllab/kernel'

import type { BatchStep, Database } from '../ports/database.ts'
import type { KeyStore } from '../ports/keys.ts'

/**
 * Secrets at rest: AES-256-GCM under a key derived from the instance key, bound to their id, so that a row moved to another id does
 * not open. The instance key never touches the database.
 */
export interface Secrets {
  /** The step that stores `plain` under `id`, replacing what was there. */
  sealStep(id: string, plain: string): BatchStep
  dropStep(id: string): BatchStep
  /** Drops `id` and what lies below it, `id:…`, except some. */
  dropBelowStep(id: string, except: readonly string[]): BatchStep
  /** Undefined if nothing was stored; throws if it was tampered with or belongs to another instance key. */
  open(id: string): Promise<string | undefined>
  /** A secret that can be computed again from the instance key and the parts: tokens of workloads. */
  derive(purpose: string, ...parts: readonly (string | number)[]): string
}

export async function createSecrets({
  db,
  clock,
  keys,
}: {
  db: Database
  clock: Clock
  keys: KeyStore
}): Promise<Secrets> {
  const instanceKey = await keys.instanceKey()
  const dataKey = Buffer.from(hkdfSync('sha256', instanceKey, Buffer.alloc(0), 'mllab/sealed/1', 32))
  const deriveKey = Buffer.from(hkdfSync('sha256', instanceKey, Buffer.alloc(0), 'mllab/derive/1', 32))
  const keyId = createHash('sha256').update(dataKey).digest('hex').slice(0, 16)

  return {
    sealStep: (id, plain) => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', dataKey, nonce).setAAD(Buffer.from(id))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
      const row = { id, key_id: keyId, nonce, body, created_at: clock.now() }
      return {
        name: 'seal',
        query: db.sql
          .insertInto('sealed')
          .values(row)
          .onConflict((conflict) =>
            conflict.column('id').doUpdateSet({ key_id: keyId, nonce, body, created_at: row.created_at }),
          )
          .compile(),
      }
    },
    dropStep: (id) => ({ name: 'unseal', query: db.sql.deleteFrom('sealed').where('id', '=', id).compile() }),
    dropBelowStep: (id, except) => {
      const below = db.sql
        .deleteFrom('sealed')
        // `;` follows `:`; text is compared byte by byte.
        .where((eb) => eb.or([eb('id', '=', id), eb.and([eb('id', '>', `${id}:`), eb('id', '<', `${id};`)])]))
      return { name: 'unseal', query: (except.length === 0 ? below : below.where('id', 'not in', except)).compile() }
    },
    open: async (id) => {
      const row = await db.sql.selectFrom('sealed').selectAll().where('id', '=', id).executeTakeFirst()
      if (!row) return undefined
      if (row.key_id !== keyId) throw new Error(`secret ${id} was sealed with another instance key`)
      const body = Buffer.from(row.body)
      const decipher = createDecipheriv('aes-256-gcm', dataKey, Buffer.from(row.nonce)).setAAD(Buffer.from(id))
      decipher.setAuthTag(body.subarray(-16))
      return Buffer.concat([decipher.update(body.subarray(0, -16)), decipher.final()]).toString('utf8')
    },
    derive: (purpose, ...parts) =>
      createHmac('sha256', deriveKey)
        .update(JSON.stringify([purpose, ...parts]))
        .digest('base64url'),
  }
}
