/**
 * An answer: the JSON body of a list call, in whichever form it came.
 *
 * The specification promises `{ value: [...] }`. The wire has answered a bare array
 * (azure-rest-api-specs #19003), and operations put the list under `properties.output`. Anything
 * else is not an empty list: it is no list.
 */

import { asObject } from './wire-value.ts'

/** One page of a list, and the link to the next. */
export interface Page {
  items: readonly unknown[]
  /** As Azure wrote it: absolute or relative; null on the last page. */
  nextLink: string | null
  shape: ListShape
}

export type ListShape = 'array' | 'value' | 'output.array' | 'output.value'

/** Finds the list in a body, or null where there is none. */
export function findPage(body: unknown): Page | null {
  return pageOf(body, '') ?? pageOf(outputOf(body), 'output.')
}

function pageOf(body: unknown, prefix: '' | 'output.'): Page | null {
  if (Array.isArray(body)) return { items: body, nextLink: null, shape: `${prefix}array` }
  const { value, nextLink } = asObject(body)
  if (!Array.isArray(value)) return null
  return {
    items: value,
    nextLink: typeof nextLink === 'string' && nextLink !== '' ? nextLink : null,
    shape: `${prefix}value`,
  }
}

function outputOf(body: unknown): unknown {
  return asObject(asObject(body)['properties'])['output']
}

/** The status of a long-running operation, in lower case, or null where the body has none. */
export function operationStatus(body: unknown): string | null {
  const { status } = asObject(body)
  return typeof status === 'string' ? status.toLowerCase() : null
}

export interface WireError {
  code: string | null
  message: string | null
}

/**
 * The error of a failed answer: ARM's `{ error: { code, message } }`, or the same without its
 * envelope.
 *
 * @see https://github.com/cloud-and-ai-microsoft/resource-provider-contract/blob/master/v1.0/common-api-details.md#error-response-content
 */
export function errorOf(body: unknown): WireError {
  const outer = asObject(body)
  const error = asObject(outer['error'] ?? outer)
  return { code: text(error['code']), message: text(error['message']) }
}

/** A few words on what a body is, without any of its values. */
export function describeBody(body: unknown): string {
  if (body === undefined) return 'no body'
  if (body === null) return 'null'
  if (Array.isArray(body)) return 'array'
  if (typeof body !== 'object') return typeof body
  const keys = Object.keys(body).slice(0, 5)
  return keys.length === 0 ? '{}' : `object with ${keys.join(', ')}`
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
