import { projectActionNames } from '@mllab/contract'
import { createClient, LabProblem, type Client } from '@mllab/sdk'
import type { Page } from 'playwright-core'

import type { Product } from './product.ts'

export const password = 'a long enough phrase'

/** Somebody who calls the API with a token of theirs. */
export interface Caller {
  readonly api: Client
  readonly token: string
}

/** The administrator's API; makes the administrator first if no journey has done so. */
export async function administrator(product: Product): Promise<Caller> {
  const secret = new URL(product.setupLink).hash.slice(1)
  try {
    await createClient({ baseUrl: product.url }).accounts.setup({ body: { secret, username: 'admin', password } })
  } catch (error) {
    if (!(error instanceof LabProblem)) throw error // it was set up
  }
  return callerOf(product, 'admin')
}

/** An account made by the administrator, so that nobody has to approve it. */
export async function addAccount(product: Product, username: string): Promise<void> {
  await post(product, '/api/users', { username, password }, await sessionOf(product, 'admin'))
}

/** The API as somebody who has an account. */
export async function callerOf(product: Product, username: string): Promise<Caller> {
  const cookie = await sessionOf(product, username)
  const made = await post(
    product,
    '/api/tokens',
    { name: 'journey', scopes: [...projectActionNames, 'account:read', 'projects:create'] },
    cookie,
  )
  const { secret } = (await made.json()) as { secret: string } // the contract's answer
  return { api: createClient({ baseUrl: product.url, token: secret }), token: secret }
}

/** Logs in at the page that stands there. */
export async function logIn(page: Page, username: string): Promise<void> {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
}

/** Fills the form for an account of one's own, and sends it. */
export async function register(page: Page, username: string): Promise<void> {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Create account' }).click()
}

async function sessionOf(product: Product, username: string): Promise<string> {
  const entered = await post(product, '/api/auth/login', { username, password })
  return entered.headers.get('set-cookie')?.split(';')[0] ?? ''
}

async function post(product: Product, path: string, body: object, cookie = ''): Promise<Response> {
  const answer = await fetch(product.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: product.url, cookie },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  return answer
}
