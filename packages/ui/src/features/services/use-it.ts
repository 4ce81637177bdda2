import type { Snippet } from '../../components/CodeBlock.tsx'
import { pythonRequest } from '../code/code.ts'

/** Code that calls a service. `body` is the request of a model; without it the service is asked for its front page. */
export function callSnippets(url: string, body: string | null): Snippet[] {
  if (body === null) {
    return [
      {
        name: 'Python',
        language: 'python',
        code: [
          'import os',
          'from urllib.request import Request, urlopen',
          '',
          'request = Request(',
          `    ${JSON.stringify(url)},`,
          '    headers={"Authorization": "Bearer " + os.environ["LAB_API_TOKEN"]},',
          ')',
          'with urlopen(request) as answer:',
          '    print(answer.read().decode())',
        ].join('\n'),
      },
      { name: 'curl', language: 'shell', code: `curl "${url}" \\\n  -H "Authorization: Bearer $LAB_API_TOKEN"` },
    ]
  }
  const target = `${url}invocations`
  return [
    pythonRequest(target, JSON.parse(body) as object), // our own JSON
    {
      name: 'curl',
      language: 'shell',
      code: [
        `curl "${target}" \\`,
        '  -H "Authorization: Bearer $LAB_API_TOKEN" \\',
        `  --json '${body.replaceAll("'", String.raw`'\''`)}'`,
      ].join('\n'),
    },
  ]
}
