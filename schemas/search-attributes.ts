import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';

export const MlModel = defineSearchAttributeKey('MlModel', SearchAttributeType.KEYWORD);
export const MlStage = defineSearchAttributeKey('MlStage', SearchAttributeType.KEYWORD);
export const MlEnvironment = defineSearchAttributeKey('MlEnvironment', SearchAttributeType.KEYWORD);
export const MlVersion = defineSearchAttributeKey('MlVersion', SearchAttributeType.INT);
export const MlNeedsApproval = defineSearchAttributeKey('MlNeedsApproval', SearchAttributeType.BOOL);
export const MlVerdict = defineSearchAttributeKey('MlVerdict', SearchAttributeType.KEYWORD);

const keys = [MlModel, MlStage, MlEnvironment, MlVersion, MlNeedsApproval, MlVerdict];

/** Each name with Temporal's own name of its type, as registration, preflight and start flags take them. */
export const searchAttributes: Readonly<Record<string, string>> = Object.fromEntries(
  keys.map(({ name, type }) => [name, TypedSearchAttributes.toMetadataType(type)]),
);
