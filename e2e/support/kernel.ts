import type { Page } from 'playwright-core'

/**
 * Runs code in a kernel of the workspace that this tab has open, the way its own page does (Jupyter's REST API and message protocol), and
 * answers what it printed. The kernel is the one that runs already, if there is one. Throws what the code raised.
 */
export async function runCode(page: Page, code: string): Promise<string> {
  const { host, pathname } = new URL(page.url())
  const base = /^\/w\/[^/]+/.exec(pathname)?.[0] ?? ''
  const xsrf = (await page.context().cookies(page.url())).find(({ name }) => name === '_xsrf')?.value ?? ''
  const place = { source: code, kernels: `${base}/api/kernels`, sockets: `ws://${host}${base}/api/kernels`, xsrf }
  return await page.evaluate(async ({ source, kernels, sockets, xsrf }) => {
    interface Message {
      readonly parent_header: { readonly msg_id?: string }
      readonly header: { readonly msg_type: string }
      readonly content: {
        readonly text?: string
        readonly execution_state?: string
        readonly ename?: string
        readonly evalue?: string
      }
    }
    const send = async (method: string) => {
      const answer = await fetch(kernels, { method, headers: { 'x-xsrftoken': xsrf } })
      if (!answer.ok) throw new Error(`${method} /api/kernels: ${answer.status} ${await answer.text()}`)
      return await answer.json()
    }
    const [running] = (await send('GET')) as { id: string }[]
    const { id } = running ?? ((await send('POST')) as { id: string })
    const socket = new WebSocket(`${sockets}/${id}/channels`)
    const message = crypto.randomUUID()
    return await new Promise<string>((resolve, reject) => {
      let printed = ''
      const timer = setTimeout(() => reject(new Error(`no end of ${source} after: ${printed}`)), 120_000)
      const end = (settle: () => void) => {
        clearTimeout(timer)
        socket.close()
        settle()
      }
      socket.addEventListener('error', () => end(() => reject(new Error('the websocket of the kernel broke'))))
      socket.addEventListener('open', () => {
        const header = {
          msg_id: message,
          msg_type: 'execute_request',
          session: crypto.randomUUID(),
          username: '',
          version: '5.3',
        }
        const content = { code: source, silent: false, store_history: false, user_expressions: {}, allow_stdin: false }
        socket.send(JSON.stringify({ header, content, parent_header: {}, metadata: {}, channel: 'shell', buffers: [] }))
      })
      socket.addEventListener('message', ({ data }) => {
        const { parent_header: parent, header, content } = JSON.parse(String(data)) as Message
        if (parent.msg_id !== message) return
        if (header.msg_type === 'stream') printed += content.text ?? ''
        if (header.msg_type === 'error') end(() => reject(new Error(`${content.ename}: ${content.evalue}`)))
        if (header.msg_type === 'status' && content.execution_state === 'idle') end(() => resolve(printed.trim()))
      })
    })
  }, place)
}
