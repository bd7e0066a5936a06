/** The stack can only be reached from this machine. */
export const HOST = '127.0.0.1';
