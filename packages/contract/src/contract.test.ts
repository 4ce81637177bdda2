import { describe, expect, it } from 'vitest'

import { contract, errorRegistry, LabError, openApi, problemOf, reservedSegments, type Endpoint } from './index.ts'

const all: [string, Endpoint][] = Object.entries(contract).flatMap(([group, endpoints]) =>
  Object.entries(endpoints).map(([name, endpoint]): [string, Endpoint] => [`${group}.${name}`, endpoint]),
)

describe('contract', () => {
  it('has each method and path once', () => {
    const addresses = all.map(([, endpoint]) => `${endpoint.method} ${endpoint.path.replace(/\{[^}]+\}/g, '{}')}`)
    expect(addresses.length).toBe(new Set(addresses).size)
  })

  it('declares every parameter of its paths, and the project where membership decides', () => {
    for (const [name, endpoint] of all) {
      const inPath = [...endpoint.path.matchAll(/\{(\w+)\*?\}/g)].map((match) => match[1])
      expect([name, inPath.toSorted()]).toEqual([name, Object.keys(endpoint.params?.shape ?? {}).toSorted()])
      if (endpoint.access.who === 'member') expect([name, inPath[0]]).toEqual([name, 'project'])
    }
  })

  it('keeps to the reserved first segments, and never begins a part below a service with a digit', () => {
    for (const [, endpoint] of all) {
      expect(reservedSegments).toContain(endpoint.path.split('/')[1])
      expect(endpoint.path).not.toMatch(/services\/\{[^}]+\}\/\d/)
    }
  })

  it('becomes OpenAPI 3.1 with every endpoint in it', () => {
    const document = openApi(contract, '1.2.3') as { paths: Record<string, Record<string, { operationId: string }>> } // shape of OpenAPI
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((operation) => operation.operationId),
    )
    expect(ids.toSorted()).toEqual(all.map(([name]) => name).toSorted())
    expect(() => JSON.stringify(document)).not.toThrow()
  })

  it('refers in OpenAPI to schemas that are there, and inlines none of those with a name', () => {
    const document = openApi(contract, '1.2.3') as { components: { schemas: Record<string, unknown> } } // shape of OpenAPI
    const text = JSON.stringify(document)
    const names = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
    expect([...new Set(names)].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted())
    expect(text.match(/"lastSeenAt":/g)).toHaveLength(1)
  })

  it('says in OpenAPI that flags of a query are booleans, with their default', () => {
    expect(openApi({ runs: { list: contract.runs.list } }, '1.2.3')).toMatchObject({
      paths: {
        '/api/projects/{project}/runs': {
          get: {
            parameters: expect.arrayContaining([
              expect.objectContaining({ name: 'deleted', schema: { type: 'boolean', default: false } }),
            ]),
          },
        },
      },
    })
  })
})

describe('errors', () => {
  it('say what happened and what to do, with the parameters filled in', () => {
    expect(problemOf(new LabError('NAME_TAKEN', { what: 'service', name: 'scorer' }), 'r1')).toEqual({
      type: '/app/docs/errors#NAME_TAKEN',
      code: 'NAME_TAKEN',
      title: 'The name is taken',
      status: 409,
      detail: 'There is already a service called scorer.',
      fix: 'Choose another name.',
      fields: [],
      requestId: 'r1',
    })
  })

  it('never shout and always end their sentences', () => {
    for (const [code, entry] of Object.entries(errorRegistry)) {
      expect([code, entry.title.endsWith('.') || entry.title.includes('!')]).toEqual([code, false])
      expect([code, /[.}]$/.test(entry.detail) && entry.fix.endsWith('.')]).toEqual([code, true])
    }
  })
})
