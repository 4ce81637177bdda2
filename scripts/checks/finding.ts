export interface Finding {
  /** From the root of the repository. */
  readonly file: string
  readonly line?: number
  /** Which rule: `layers/modules`, `TS2345`, `words/todo`. */
  readonly rule: string
  /** What is wrong, and what to do about it. */
  readonly message: string
}

export function format({ file, line, rule, message }: Finding): string {
  return `${file}${line === undefined ? '' : `:${line}`}  ${rule}\n    ${message}`
}
