import { errorRegistry } from '@mllab/contract'
import { startTestServer } from '@mllab/testkit/server'
import { describe, expect, it } from 'vitest'

describe('the page of errors', () => {
  it.each(['', '/lab'])('is where problem documents lead, below the base path %j', async (basePath) => {
    const server = await startTestServer({ env: { LAB_BASE_URL: basePath } })
    try {
      const refused = await fetch(`${server.url}/api/me`)
      const { type } = (await refused.json()) as { type: string } // a problem document
      expect(type).toBe(`${basePath}/app/docs/errors#NOT_SIGNED_IN`)
      const page = await fetch(new URL(type, server.url))
      const html = await page.text()
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'sha256-")
      for (const code of Object.keys(errorRegistry)) expect(html).toContain(`<section id="${code}">`)
      expect(html).toContain('<p>There is already a <var>what</var> called <var>name</var>.</p>')
      expect(html).toContain('or send <code>Authorization: Bearer &lt;token&gt;</code>.')
      expect(html).toContain(`href="${basePath}/app/"`)
      expect(html).not.toMatch(/https?:|<script/)
      const index = await (await fetch(`${server.url}/app/docs`)).text()
      for (const target of ['/api/openapi.json', '/app/docs/errors', '/readyz'])
        expect(index).toContain(`href="${basePath}${target}"`)
    } finally {
      await server.close()
    }
  })
})
