import { createClient, LabProblem } from '@mllab/sdk'
import type { Command } from 'commander'

import { serverAddress } from '../connection/connection.ts'
import { openPrompt } from '../connection/prompt.ts'
import { tokenByPassword } from '../connection/session.ts'
import { readLogin, removeLogin, writeLogin, type StoredLogin } from '../connection/stored-login.ts'
import { contextOf } from '../context.ts'
import { Failure } from '../failures.ts'
import type { Surroundings } from '../surroundings.ts'

/** `login`, `logout` and `use`: the stored login and its project. */
export function addLogin(program: Command, surroundings: Surroundings): void {
  program
    .command('login')
    .argument('<url>', 'address of the server')
    .description('sign in, and keep a token on this machine for 90 days')
    .option('--username <name>', 'instead of the question')
    .option('--project <slug>', 'the project that is meant when none is named')
    .action((url: string, options: { username?: string; project?: string }) => login(url, options, surroundings))
  program
    .command('logout')
    .description('revoke that token and forget it')
    .action(() => logout(surroundings))
  const use = program
    .command('use')
    .argument('<project>', 'slug of the project')
    .description('choose the project that is meant when none is named')
    .action(async (project: string) => {
      const { client, signal } = await contextOf(use, surroundings)
      const stored = await storedLogin(surroundings)
      const { name } = await client.projects.get({ params: { project } }, { signal })
      await writeLogin(surroundings, { ...stored, project })
      surroundings.stderr.write(`Commands now mean ${name} (${project}).\n`)
    })
}

async function login(
  address: string,
  options: { readonly username?: string; readonly project?: string },
  surroundings: Surroundings,
): Promise<void> {
  const { stderr, hostname, signal } = surroundings
  const url = serverAddress(address)
  const prompt = openPrompt(surroundings)
  try {
    const username = options.username ?? (await prompt.ask('User name: '))
    const password = await prompt.askSecret('Password: ')
    const { me, token } = await tokenByPassword(url, { username, password }, `mllab on ${hostname}`, signal)
    const before = await readLogin(surroundings)
    const project =
      options.project ?? (before?.url === url && before.username === me.username ? before.project : undefined)
    const stored = {
      url,
      username: me.username,
      token: token.secret,
      tokenId: token.id,
      ...(project ? { project } : {}),
    }
    const file = await writeLogin(surroundings, stored)
    if (before) await revoke(before, signal).catch(() => undefined) // its server may be gone for good
    stderr.write(
      `Signed in to ${url} as ${me.username} until ${token.expiresAt?.slice(0, 10) ?? 'revoked'}; the token is in ${file}.\n`,
    )
  } finally {
    prompt.close()
  }
}

async function logout(surroundings: Surroundings): Promise<void> {
  const stored = await storedLogin(surroundings)
  await removeLogin(surroundings)
  try {
    await revoke(stored, surroundings.signal)
  } catch (error) {
    if (error instanceof LabProblem && error.code === 'NOT_SIGNED_IN') return
    throw new Failure(
      `The token was removed from this machine, but ${stored.url} did not hear of it (${(error as Error).message}).`, // the client throws errors only
      'Revoke it there, under your account.',
    )
  }
  surroundings.stderr.write(`Signed out of ${stored.url}.\n`)
}

async function storedLogin(surroundings: Surroundings): Promise<StoredLogin> {
  const stored = await readLogin(surroundings)
  if (!stored) throw new Failure('Nobody is signed in on this machine.', 'Sign in: mllab login <url>.')
  return stored
}

function revoke({ url, token, tokenId }: StoredLogin, signal: AbortSignal): Promise<unknown> {
  return createClient({ baseUrl: url, token }).accounts.revokeToken({ params: { id: tokenId } }, { signal })
}
