import type { ApplicationFailure } from '@temporalio/common';
import { failure } from '../../schemas/index.js';

/** What a machine, its disk or its network says that may pass. A file that is not there is not among them. */
const codes: ReadonlySet<string> = new Set([
  ...['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY', 'ESTALE', 'EACCES', 'EPERM'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH'],
  ...['ENETDOWN', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT'],
]);

/** A certificate that has expired, or that nobody vouches for. */
const ofTls = /^(ERR_(SSL|TLS)_.*|CERT_.*|.*_CERT(_.*)?|UNABLE_TO_.*)$/;

/** An error of the operating system or of the network as one of the catalog, with what failed; null where it is neither. */
export function systemFailure(error: unknown, what?: string): ApplicationFailure | null {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const code = 'code' in e ? String(e.code) : '';
    if (!codes.has(code) && !ofTls.test(code)) continue;
    const words = [what, e.message || code].filter((text) => text !== undefined);
    return failure('SYSTEM_UNAVAILABLE', words.join(': '), { code, cause: error });
  }
  return null;
}

/** Programs that know no system codes (DuckDB) say it in words. */
const fullDisk =
  /no space left on device|disk quota exceeded|input\/output error|read-only file system|too many open files/i;

export function isSystemTrouble(message: string): boolean {
  return fullDisk.test(message);
}
