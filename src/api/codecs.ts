/** Codecs are shared with readers in other threads; users find them at the package's main entry. */
export * from '../shared/codecs.js';
