import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** sha-256 of a text in hex: synchronous, because the sandbox has no WebCrypto and handlers may not wait. */
export const textDigest = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));
