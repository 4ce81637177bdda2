import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

import { LabError } from '@mllab/contract'

const derive = promisify(argon2)

/** OWASP's second choice: 19 MiB, two passes, one lane; about 30 ms on a thread of the pool. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 }
const TAG_BYTES = 32

/** An argon2id hash as a PHC string. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16)
  const tag = await derive('argon2id', {
    message: Buffer.from(password.normalize('NFKC')),
    nonce,
    tagLength: TAG_BYTES,
    ...cost,
  })
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${phc(nonce)}$${phc(tag)}`
}

/** Takes as long for an account that does not exist (`hash` undefined) as for a wrong password. */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const parsed = parse(hash ?? (await decoy()))
  if (!parsed) throw new Error('a stored password hash cannot be read')
  const { nonce, tag, memory, passes, parallelism } = parsed
  const actual = await derive('argon2id', {
    message: Buffer.from(password.normalize('NFKC')),
    nonce,
    tagLength: tag.length,
    memory,
    passes,
    parallelism,
  })
  return timingSafeEqual(actual, tag) && hash !== undefined
}

/** Refuses what is guessed first. Length decides, not kinds of characters (NIST SP 800-63B). */
export function requireStrongPassword(password: string, username: string, field = 'body.password'): void {
  const plain = password.normalize('NFKC').toLowerCase()
  const reason =
    [...password].length < 8
      ? 'It has fewer than 8 characters.'
      : new Set(plain).size < 4
        ? 'It repeats the same few characters.'
        : common.some((word) => plain === word || plain.replace(/[\d!?.]+$/, '') === word)
          ? 'It is one of the most common passwords.'
          : plain.includes(username.toLowerCase()) && plain.length < username.length + 6
            ? 'It is hardly more than the user name.'
            : undefined
  if (reason) throw new LabError('WEAK_PASSWORD', { reason }, { fields: [{ field, message: reason }] })
}

const common = [
  'password',
  'passw0rd',
  'p@ssw0rd',
  '12345678',
  '123456789',
  '1234567890',
  'qwertyui',
  'qwertyuiop',
  'iloveyou',
  'sunshine',
  'princess',
  'football',
  'baseball',
  'superman',
  'trustno1',
  'starwars',
  'computer',
  'whatever',
  'letmein',
  'welcome',
  'abc12345',
  'abcd1234',
  '1q2w3e4r',
  '1qaz2wsx',
  'qwer1234',
  'asdfghjkl',
  'zxcvbnm',
  'changeme',
  'administrator',
  'please-change',
  'jupyterhub',
  'a-shared-secret-password',
  'admin123',
]

let decoyHash: Promise<string> | undefined

function decoy(): Promise<string> {
  return (decoyHash ??= hashPassword(randomBytes(16).toString('hex')))
}

function phc(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}

function parse(hash: string) {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(hash)
  if (!match) return undefined
  const [, memory, passes, parallelism, nonce = '', tag = ''] = match
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    nonce: Buffer.from(nonce, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}
