/**
 * Redaction: text that may be shown to anybody, without what would let its reader in.
 *
 * Errors quote what they failed on, and that can hold a token, a key or a URL that is a secret by
 * itself. What looks like one is hidden, whether or not it is known to be.
 */

const HIDDEN = '[hidden]'

// Shorter values are words that occur elsewhere.
const LEAST_SECRET = 6

const URL_TEXT = /\bhttps?:\/\/[^\s"'<>\\]+/gi
/** Azure's own hosts, and this machine: their paths are names of things. Elsewhere, as in a webhook, a path can be a secret. */
const NAMES_THINGS =
  /(^|\.)(azure\.com|windows\.net|microsoftonline\.(com|us)|usgovcloudapi\.net|chinacloudapi\.cn|azure\.net)$|^(127\.0\.0\.1|localhost|\[::1\])$/
const WEBHOOK_HOST = /(^|\.)logic\.azure\.(com|us|cn)$/

const TOKENS: readonly [RegExp, string][] = [
  // Long enough to be no word: `Basic` is a size of Bastion, too.
  [/\b(bearer|sharedkey|sharedkeylite|basic)\s+[^\s,;"'[\]]{12,}/gi, `$1 ${HIDDEN}`],
  // A token by its form: two or three parts, the first of which is JSON in base64.
  [/\beyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)*/g, HIDDEN],
  [
    /\b(accountkey|sharedaccesskey|sharedaccesssignature|instrumentationkey|sig|signature|client_secret|client_assertion|access_token|refresh_token|password|pwd|secret|token)(["']?\s*[=:]\s*["']?)(?!\[hidden\]|null\b)[^\s;&,"']{4,}/gi,
    `$1$2${HIDDEN}`,
  ],
]

/**
 * The text without secrets.
 *
 * @param secrets Values that are hidden wherever they occur.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let shown = text
  for (const secret of secrets) {
    if (secret.length >= LEAST_SECRET) shown = shown.replaceAll(secret, HIDDEN)
  }
  shown = shown.replaceAll(URL_TEXT, harmlessUrl)
  for (const [pattern, replacement] of TOKENS) shown = shown.replaceAll(pattern, replacement)
  return shown
}

/** A URL without its user, query and fragment, and without a path that may be a secret. */
function harmlessUrl(text: string): string {
  if (!URL.canParse(text)) return HIDDEN
  const { origin, hostname, pathname, search, hash } = new URL(text)
  const shownPath = NAMES_THINGS.test(hostname) && !WEBHOOK_HOST.test(hostname)
  const path = shownPath || pathname === '/' ? pathname.replace(/^\/$/, '') : '/…'
  return `${origin}${path}${search || hash ? `?${HIDDEN}` : ''}`
}
