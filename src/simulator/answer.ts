/**
 * Answers: every form in which the simulated Azure can answer a list, well and badly.
 *
 * They are plain data, so that a test, a command line and another process can name them. All
 * forms of the list tell the truth of the moment; what else they do is what their name says.
 */

export type Answer =
  | ListAnswer
  | PagedAnswer
  | OperationAnswer
  | ErrorAnswer
  | RawAnswer
  | OversizedAnswer
  | RedirectAnswer

/** The list as a whole: `{"value":[…]}`, or the bare array. */
interface ListAnswer {
  kind: 'value' | 'array'
  /** (default `application/json; charset=utf-8`) */
  contentType?: string
  edit?: ItemEdit
}

/**
 * What is changed in the list. `without-id`: one session more, that has no id · `null-item`: a
 * null among the sessions · `extra-fields`: fields that no specification names · `twice`: every
 * session twice, on pages of their own where there are pages · `omit`: every second one missing,
 * which is a lie.
 */
export type ItemEdit = 'without-id' | 'null-item' | 'extra-fields' | 'twice' | 'omit'

/** The list in pages. */
export interface PagedAnswer {
  kind: 'paged'
  /** Items a page (default 2). */
  size?: number
  /** At least so many pages; those beyond the list are empty. */
  pages?: number
  /** How `nextLink` is written (default `absolute`). */
  links?: 'absolute' | 'relative'
  /** Which method reads the pages after the first; the other answers 405 (default `get`). */
  method?: 'get' | 'post'
  /**
   * Where the last page leads (default nowhere). `itself`, `first`: a loop · `foreign`: from the
   * first page to another origin · `endless`: always to one page more.
   */
  last?: 'itself' | 'first' | 'foreign' | 'endless'
  edit?: ItemEdit
}

/** A long-running operation that ends in the list, or badly. */
export interface OperationAnswer {
  kind: 'operation'
  /** (default 202) */
  status?: 200 | 201 | 202
  /** Body of the first answer (default `nothing`, or the list with 200). */
  first?: 'nothing' | 'list' | 'empty-list' | 'empty-object'
  /** What `Azure-AsyncOperation` leads to (default: no such header). */
  asyncOperation?: OperationEnd
  /** What `Location` leads to (default: no such header). */
  location?: OperationEnd
  /** Reads that say that it still runs, at each place (default 1). */
  polls?: number
  /** Told with every answer that it still runs (default not). */
  retryAfter?: RetryAfter
  /** How both headers are written (default `absolute`). */
  links?: 'absolute' | 'relative'
  edit?: ItemEdit
}

/**
 * The end at one of the two places. `nothing`: `Succeeded` without a list at
 * `Azure-AsyncOperation`, 204 at `Location` · `never`: it runs for ever · `foreign`: the header
 * names another origin.
 */
export type OperationEnd =
  | 'value'
  | 'array'
  | 'output.value'
  | 'output.array'
  | 'nothing'
  | 'failed'
  | 'canceled'
  | 'not-found'
  | 'not-allowed'
  | 'never'
  | 'foreign'

/** An error in ARM's form. */
export interface ErrorAnswer {
  kind: 'error'
  status: number
  /** (default: what Azure says for this status) */
  code?: string
  message?: string
  retryAfter?: RetryAfter
}

/** Seconds, the seconds until an HTTP date, or the header's text as it is. */
export type RetryAfter = number | { dateIn: number } | string

/** Any status and text. */
interface RawAnswer {
  kind: 'raw'
  /** (default 200) */
  status?: number
  /** (default: no body at all) */
  body?: string
  /** (default `application/json; charset=utf-8`) */
  contentType?: string
  headers?: Record<string, string>
}

/** An empty list in a body of at least so many bytes, sent in chunks. */
interface OversizedAnswer {
  kind: 'oversized'
  bytes: number
}

/** A redirect to the foreign origin, or to the same URL again. */
interface RedirectAnswer {
  kind: 'redirect'
  to: 'foreign' | 'itself'
  /** (default 307) */
  status?: number
}

/** How the bytes of an answer travel. */
export interface Delivery {
  /** Real milliseconds before the answer (default 0). */
  delayMs?: number
  /** The body in pieces of so many bytes, one every so many real milliseconds. */
  drip?: { bytes: number; everyMs: number }
  /** Compressed, where the client accepts it. */
  gzip?: boolean
  /** Before the headers, or after half of the body: a TCP reset, or silence for ever. */
  breaks?: 'reset-before-headers' | 'reset-in-body' | 'hang-before-headers' | 'hang-in-body'
}
