import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/**
 * Every activity beats while it runs, three times per heartbeat timeout, so that a killed worker is noticed within that
 * timeout and not after the activity's own.
 */
export const heartbeatInterceptor: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    async execute(input, next) {
      const timeout = context.info.heartbeatTimeoutMs;
      if (timeout === undefined || timeout === 0) return next(input);
      const timer = setInterval(() => context.heartbeat(), timeout / 3);
      try {
        return await next(input);
      } finally {
        clearInterval(timer);
      }
    },
  },
});
