import { errorRegistry } from '../../packages/contract/src/index.ts'
import { code, page } from './markdown.ts'

/** Every error of the registry, each with an anchor. */
export function errorsPage(): string {
  return page(
    'Errors',
    `Errors are problem documents (RFC 9457): \`{type, code, title, status, detail, fix, fields, requestId}\`. \`detail\` says what happened to this
request, \`fix\` what to do, \`fields\` what of the input is wrong; the request id finds it in the log of the server. \`type\` is the path of the
same list on the server. Codes are never renamed.`,
    ...Object.entries(errorRegistry).map(([errorCode, { status, title, detail, fix }]) =>
      [
        `<a id="${errorCode}"></a>`,
        `## ${errorCode}`,
        `${code(String(status))} ${title}.${detail === '{reason}' ? '' : ` ${marked(detail)}`}`,
        `What to do: ${fix}`,
      ].join('\n\n'),
    ),
  )
}

/** What a sentence is filled with, `{name}`, as emphasis. */
function marked(text: string): string {
  return text.replace(/\{(\w+)\}/g, '*$1*')
}
