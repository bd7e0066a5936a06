import { createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';

/**
 * An authority of one test, and what it signs (X.509 v3 with P-256 keys, RFC 5280). Made anew each time: no key stands
 * in a file.
 */
export class Authority {
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  /** Its own certificate, PEM. */
  readonly pem: string;

  constructor(private readonly name: string) {
    this.pem = this.certificate(name, this.keys.publicKey, [
      extension('551d13', true, sequence(Buffer.from('0101ff', 'hex'))), // basicConstraints: cA
      extension('551d0f', true, Buffer.from('03020106', 'hex')), // keyUsage: keyCertSign, cRLSign
    ]);
  }

  /** A server's key and certificate for one host: a name or an address. */
  issue(host: string): { key: string; cert: string } {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const name =
      isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host, 'ascii'));
    return {
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      cert: this.certificate(host, publicKey, [extension('551d11', false, sequence(name))]), // subjectAltName
    };
  }

  private certificate(subject: string, key: KeyObject, extensions: Buffer[]): string {
    const algorithm = sequence(oid('2a8648ce3d040302')); // ecdsa-with-SHA256
    const content = sequence(
      der(0xa0, Buffer.from('020102', 'hex')), // version 3
      der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      algorithm,
      commonName(this.name),
      sequence(moment(-3_600_000), moment(24 * 3_600_000)),
      commonName(subject),
      createPublicKey(key.export({ type: 'spki', format: 'pem' })).export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(...extensions)),
    );
    const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', content, this.keys.privateKey)]));
    const base64 = sequence(content, algorithm, signature).toString('base64');
    return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;
  }
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const commonName = (name: string): Buffer =>
  sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(name, 'utf8')))));
const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(oid(id), ...(critical ? [Buffer.from('0101ff', 'hex')] : []), der(0x04, value));
const moment = (inMs: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(Date.now() + inMs).toISOString().replace(/\D/g, '').slice(2, 14)}Z`));
