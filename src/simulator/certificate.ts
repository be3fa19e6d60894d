/**
 * The simulator's certificate: made at start, for the loopback address alone.
 */

import { generate } from 'selfsigned'

export interface Certificate {
  /** PEM. */
  key: string
  /** PEM; it signs itself, so clients trust it by taking it as a certificate authority. */
  cert: string
}

/** Makes a key pair and a certificate for 127.0.0.1 and localhost. */
export async function createCertificate(): Promise<Certificate> {
  const dayMs = 86_400_000
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: new Date(Date.now() + 30 * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  })
  return { key: pems.private, cert: pems.cert }
}
