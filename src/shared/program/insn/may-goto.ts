/** How long the `may_goto`s of a function go on together, and how many of them between two looks at the clock. */
export const MAY_GOTO_NANOSECONDS = 250_000_000;
export const MAY_GOTO_ROUNDS = 65_535;
