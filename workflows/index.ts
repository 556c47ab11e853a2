/*
 * Every function exported here is a workflow type. A host re-exports them from its own workflows module:
 * `export * from 'temporal-mlops/workflows';`
 */
export { collectData } from './collect.js';
export { deployModel } from './deploy.js';
export { labelData } from './label.js';
export { modelLifecycle } from './lifecycle.js';
export { monitorModel } from './monitor.js';
export { packageModel } from './package.js';
export { retrainModel } from './retrain.js';
export { trainModel } from './train.js';
