/** A check taken out of the program: in `file`, `from` (which stands there once) becomes `to`. */
export interface Mutation {
  readonly check: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** Part of the ids of attacks that should notice. They are tried first; if none does, all are. */
  readonly noticedBy: string
}
