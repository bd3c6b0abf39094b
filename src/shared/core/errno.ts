/** Error numbers that the core returns, negated. */
export const EPERM: i32 = 1;
export const ENOENT: i32 = 2;
export const ESRCH: i32 = 3;
export const E2BIG: i32 = 7;
export const EAGAIN: i32 = 11;
export const ENOMEM: i32 = 12;
export const EBUSY: i32 = 16;
export const EEXIST: i32 = 17;
export const EINVAL: i32 = 22;
export const ENOSPC: i32 = 28;
export const EPROTO: i32 = 71;
export const EOPNOTSUPP: i32 = 95;
export const ETIMEDOUT: i32 = 110;
/** The kernel's internal "not supported". */
export const ENOTSUPP: i32 = 524;
