/** SQL, and the values that are bound to it. */
export interface Asking {
  sql: string
  parameters: readonly (string | number)[]
}
