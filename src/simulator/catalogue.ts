/**
 * A catalogue of answers: every wire form and every failure, by name.
 *
 * For tables in tests, and for other processes, which can only send names. `tells` is what a
 * careful client can learn: the list, or that there is no answer. No entry may ever make a host
 * with sessions look like one without.
 */

import type { Answer } from './answer.ts'
import type { Fault, Faults, PlacedFault } from './faults.ts'

export interface CatalogueEntry {
  tells: 'list' | 'failure'
  /** What is declared for the host. */
  faults: readonly Omit<Fault, 'host' | 'subscription'>[]
}

/** Declares an entry of the catalogue for one host. */
export function declare(faults: Faults, host: string, entry: CatalogueEntry): PlacedFault[] {
  return entry.faults.map((fault) => faults.add({ ...fault, host }))
}

function list(answer: Answer): CatalogueEntry {
  return { tells: 'list', faults: [{ answer }] }
}

function failure(answer: Answer): CatalogueEntry {
  return { tells: 'failure', faults: [{ answer }] }
}

/** An error that goes away after so many requests. */
function passing(answer: Answer, times = 1): CatalogueEntry {
  return { tells: 'list', faults: [{ answer, times }] }
}

const HTML = '<!DOCTYPE html><html><body><h1>Our services are not available</h1></body></html>'

export const CATALOGUE = {
  value: list({ kind: 'value' }),
  'bare array': list({ kind: 'array' }),
  'extra fields': list({ kind: 'value', edit: 'extra-fields' }),
  'every session twice': list({ kind: 'value', edit: 'twice' }),
  gzip: { tells: 'list', faults: [{ delivery: { gzip: true } }] },
  'slow body': { tells: 'list', faults: [{ delivery: { drip: { bytes: 200, everyMs: 2 } } }] },
  'pages, absolute links': list({ kind: 'paged', pages: 3 }),
  'pages, relative links': list({ kind: 'paged', pages: 3, links: 'relative' }),
  'pages by POST only': list({ kind: 'paged', pages: 3, method: 'post' }),
  'pages that repeat sessions': list({ kind: 'paged', pages: 3, edit: 'twice' }),
  '200 pages': list({ kind: 'paged', pages: 200 }),
  'list with a dead operation': list({
    kind: 'operation',
    status: 200,
    asyncOperation: 'not-found',
    location: 'not-found',
  }),
  'empty list, the real one at Location': list({
    kind: 'operation',
    status: 200,
    first: 'empty-list',
    location: 'value',
    polls: 0,
  }),
  '202 to Location': list({ kind: 'operation', location: 'value', retryAfter: 1 }),
  '202 to Location, without Retry-After': list({ kind: 'operation', location: 'value', polls: 0 }),
  '202 to Location, bare array': list({
    kind: 'operation',
    retryAfter: 0,
    location: 'array',
    polls: 3,
  }),
  '202 to relative Location': list({
    kind: 'operation',
    retryAfter: 0,
    location: 'value',
    links: 'relative',
  }),
  '201 to Location': list({ kind: 'operation', retryAfter: 0, status: 201, location: 'value' }),
  '202 to an operation, value': list({ kind: 'operation', retryAfter: 0, asyncOperation: 'value' }),
  '202 to an operation, output value': list({
    kind: 'operation',
    retryAfter: 0,
    asyncOperation: 'output.value',
  }),
  '202 to an operation, output array': list({
    kind: 'operation',
    retryAfter: 0,
    asyncOperation: 'output.array',
  }),
  '202 to an operation, then Location': list({
    kind: 'operation',
    retryAfter: 0,
    asyncOperation: 'nothing',
    location: 'value',
  }),
  '202, operation 404, then Location': list({
    kind: 'operation',
    retryAfter: 0,
    asyncOperation: 'not-found',
    location: 'value',
  }),
  '202, operation 405, then Location': list({
    kind: 'operation',
    retryAfter: 0,
    asyncOperation: 'not-allowed',
    location: 'output.array',
  }),
  '408 once': passing({ kind: 'error', status: 408 }),
  '500 once': passing({ kind: 'error', status: 500 }),
  '502 once, HTML': passing({ kind: 'raw', status: 502, body: HTML, contentType: 'text/html' }),
  '503 twice': passing({ kind: 'error', status: 503 }, 2),
  '504 once': passing({ kind: 'error', status: 504 }),
  '429 once, seconds': passing({ kind: 'error', status: 429, retryAfter: 1 }),
  '429 once, HTTP date': passing({ kind: 'error', status: 429, retryAfter: { dateIn: 1 } }),
  '429 once, without Retry-After': passing({ kind: 'error', status: 429 }),
  '401 once': passing({ kind: 'error', status: 401 }),
  'reset once': {
    tells: 'list',
    faults: [{ delivery: { breaks: 'reset-before-headers' }, times: 1 }],
  },
  'reset in the body once': {
    tells: 'list',
    faults: [{ delivery: { breaks: 'reset-in-body' }, times: 1 }],
  },
  'page 2 fails once': {
    tells: 'list',
    faults: [
      { answer: { kind: 'paged', pages: 3 } },
      { request: 'page', page: 2, answer: { kind: 'error', status: 503 }, times: 1 },
    ],
  },
  'operation fails to be read once': {
    tells: 'list',
    faults: [
      { answer: { kind: 'operation', asyncOperation: 'value' } },
      { request: 'operation', answer: { kind: 'error', status: 503 }, times: 1 },
    ],
  },

  'empty object': failure({ kind: 'raw', body: '{}' }),
  'value is null': failure({ kind: 'raw', body: '{"value":null}' }),
  'value is an object': failure({ kind: 'raw', body: '{"value":{}}' }),
  null: failure({ kind: 'raw', body: 'null' }),
  number: failure({ kind: 'raw', body: '0' }),
  'no body': failure({ kind: 'raw' }),
  '204': failure({ kind: 'raw', status: 204 }),
  HTML: failure({ kind: 'raw', body: HTML, contentType: 'text/html; charset=utf-8' }),
  'cut JSON': failure({ kind: 'raw', body: '{"value":[{"sessionId":"a' }),
  'an error with 200': failure({ kind: 'raw', body: '{"error":{"code":"Oops","message":"-"}}' }),
  'session without id': failure({ kind: 'value', edit: 'without-id' }),
  'null among the sessions': failure({ kind: 'value', edit: 'null-item' }),
  'empty object with a dead operation': failure({
    kind: 'operation',
    status: 200,
    first: 'empty-object',
    asyncOperation: 'not-found',
    location: 'not-found',
  }),
  'page loops to itself': failure({ kind: 'paged', last: 'itself' }),
  'page loops to the first': failure({ kind: 'paged', last: 'first' }),
  'endless pages': failure({ kind: 'paged', last: 'endless' }),
  'foreign nextLink': failure({ kind: 'paged', last: 'foreign' }),
  'page 2 fails': {
    tells: 'failure',
    faults: [
      { answer: { kind: 'paged', pages: 3 } },
      { request: 'page', page: 2, answer: { kind: 'error', status: 403 } },
    ],
  },
  'page 2 is no list': {
    tells: 'failure',
    faults: [
      { answer: { kind: 'paged', pages: 3 } },
      { request: 'page', page: 2, answer: { kind: 'raw', body: '{}' } },
    ],
  },
  '202 without a place': failure({ kind: 'operation' }),
  'operation failed': failure({ kind: 'operation', asyncOperation: 'failed' }),
  'operation canceled': failure({ kind: 'operation', asyncOperation: 'canceled' }),
  'operation never ends': failure({ kind: 'operation', asyncOperation: 'never' }),
  'Location never ends': failure({ kind: 'operation', location: 'never' }),
  'operation without a list': failure({ kind: 'operation', asyncOperation: 'nothing' }),
  '204 at Location': failure({ kind: 'operation', location: 'nothing' }),
  '404 at Location': failure({ kind: 'operation', location: 'not-found' }),
  'foreign Location': failure({ kind: 'operation', location: 'foreign' }),
  'foreign operation': failure({ kind: 'operation', asyncOperation: 'foreign' }),
  'redirect to a foreign origin': failure({ kind: 'redirect', to: 'foreign' }),
  'redirect to itself': failure({ kind: 'redirect', to: 'itself' }),
  '400 unsupported': failure({ kind: 'error', status: 400 }),
  '401 always': failure({ kind: 'error', status: 401 }),
  '403': failure({ kind: 'error', status: 403 }),
  '404': failure({ kind: 'error', status: 404 }),
  '409 disabled': failure({ kind: 'error', status: 409 }),
  '409 locked': failure({ kind: 'error', status: 409, code: 'ScopeLocked' }),
  '408 always': failure({ kind: 'error', status: 408 }),
  '429 always': failure({ kind: 'error', status: 429, retryAfter: 0 }),
  '429, wait an hour': failure({ kind: 'error', status: 429, retryAfter: 3600 }),
  '500 always': failure({ kind: 'error', status: 500 }),
  '502 always': failure({ kind: 'error', status: 502 }),
  '503 always': failure({ kind: 'error', status: 503 }),
  '504 always': failure({ kind: 'error', status: 504 }),
  'reset always': { tells: 'failure', faults: [{ delivery: { breaks: 'reset-before-headers' } }] },
  'reset in the body always': {
    tells: 'failure',
    faults: [{ delivery: { breaks: 'reset-in-body' } }],
  },
  hang: { tells: 'failure', faults: [{ delivery: { breaks: 'hang-before-headers' } }] },
  'hang in the body': { tells: 'failure', faults: [{ delivery: { breaks: 'hang-in-body' } }] },
  'oversized body': failure({ kind: 'oversized', bytes: 40 * 1024 ** 2 }),
  'oversized body, gzip': {
    tells: 'failure',
    faults: [{ answer: { kind: 'oversized', bytes: 40 * 1024 ** 2 }, delivery: { gzip: true } }],
  },
} satisfies Record<string, CatalogueEntry>
