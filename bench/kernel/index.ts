/** The live kernel as a peer. It is part of the command line, so that `innermap demo` can compare itself with it. */
export * from '#dist/cli/kernel/index.js';
