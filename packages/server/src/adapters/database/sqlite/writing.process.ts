import { newId, silentLog } from '@mllab/kernel'

import { openSqlite } from './sqlite.ts'

/**
 * Started by `sqlite.crash.test.ts` and killed while it writes: single rows, batches of two rows, interactive transactions of two
 * rows. Prints the key of each row or pair when it was acknowledged.
 */
const db = await openSqlite({ file: process.argv[2] ?? '', log: silentLog })
const row = (key: string) => ({ key, value: '', updated_at: 1 })
const insert = (key: string) => db.sql.insertInto('setting').values(row(key))
const acknowledge = (key: string) => process.stdout.write(`${key}\n`)

async function single(): Promise<void> {
  for (;;) {
    const key = `s-${newId()}`
    await insert(key).execute()
    acknowledge(key)
  }
}

async function batches(): Promise<void> {
  for (;;) {
    const key = `p-${newId()}`
    await db.batch([{ query: insert(`${key}/1`).compile() }, { query: insert(`${key}/2`).compile() }])
    acknowledge(key)
  }
}

async function transactions(): Promise<void> {
  for (;;) {
    const key = `p-${newId()}`
    await db.transaction(async (trx) => {
      await trx
        .insertInto('setting')
        .values(row(`${key}/1`))
        .execute()
      await trx
        .insertInto('setting')
        .values(row(`${key}/2`))
        .execute()
    })
    acknowledge(key)
  }
}

await Promise.all([single(), single(), single(), single(), batches(), batches(), transactions()])
