/** The two libc calls that the peer is made of. */
export * from '#dist/cli/kernel/libc.js';
