/** What is wrong with a field of the API, or with anything inside of it: by the form's own check, else by the server. */
export type ErrorAt = (field: string) => string | undefined
