import type { Snippet } from '../../components/CodeBlock.tsx'

/** A POST to the API as curl; the token stands in `LAB_API_TOKEN`. */
export function shellRequest(url: string, body: object): Snippet {
  return {
    name: 'curl',
    language: 'shell',
    code: [
      `curl "${url}" \\`,
      `  -H "Authorization: Bearer $LAB_API_TOKEN" \\`,
      `  --json '${JSON.stringify(body, null, 2)
        .replaceAll("'", String.raw`'\''`)
        .replaceAll('\n', '\n  ')}'`,
    ].join('\n'),
  }
}

/** The same with nothing but Python's own library. */
export function pythonRequest(url: string, body: object, print = 'json.load(answer)'): Snippet {
  return {
    name: 'Python',
    language: 'python',
    code: [
      'import json, os',
      'from urllib.request import Request, urlopen',
      '',
      'request = Request(',
      `    ${JSON.stringify(url)},`,
      '    headers={',
      `        "Authorization": "Bearer " + os.environ["LAB_API_TOKEN"],`,
      '        "Content-Type": "application/json",',
      '    },',
      `    data=json.dumps(${python(body, 4)}).encode(),`,
      ')',
      'with urlopen(request) as answer:',
      `    print(${print})`,
    ].join('\n'),
  }
}

/** A JSON value as Python writes it. `indent` is where the line begins, in spaces. */
export function python(value: unknown, indent = 0): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return JSON.stringify(value)
  const inner = ' '.repeat(indent + 4)
  const [open, close, items] = Array.isArray(value)
    ? (['[', ']', value.map((one) => python(one, indent + 4))] as const)
    : ([
        '{',
        '}',
        Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${python(one, indent + 4)}`),
      ] as const)
  const flat = `${open}${items.join(', ')}${close}`
  if (flat.length <= 72 && !flat.includes('\n')) return flat
  return `${open}\n${items.map((item) => `${inner}${item},`).join('\n')}\n${' '.repeat(indent)}${close}`
}
