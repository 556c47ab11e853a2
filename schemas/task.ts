import { z } from 'zod';

/** What a model learns: a yes or no, or a quantity. */
export const Task = z.enum(['binary', 'regression']);
export type Task = z.infer<typeof Task>;

/** What was chosen and why, in words. */
export const taskFields = {
  task: Task,
  taskReason: z.string(),
};
