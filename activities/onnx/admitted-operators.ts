/**
 * What a model may be made of: arithmetic, comparison, shape and selection, and the classic models of ai.onnx.ml. Left
 * out: control flow (If, Loop, Scan), random numbers, sizes given by numbers (Tile, Range, Resize, Pad), sequences and
 * maps (ZipMap), images and everything that reads from outside.
 */
export function admittedOperators(domain: string): ReadonlySet<string> {
  return operators[domain] ?? none;
}

const none: ReadonlySet<string> = new Set();

const operators: Readonly<Record<string, ReadonlySet<string>>> = {
  '': words(`
    Identity Constant ConstantOfShape Expand Shape Cast Reshape Squeeze Unsqueeze Flatten Transpose Concat Split Slice
    Gather ArgMax ArgMin TopK Where IsNaN IsInf
    Add Sub Mul Div Mod Neg Abs Sqrt Exp Log Pow Reciprocal Floor Ceil Round Sign Clip Min Max Mean Sum Erf
    Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh
    Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor Not
    MatMul Gemm ReduceSum ReduceMean ReduceMax ReduceMin ReduceL2 ReduceSumSquare CumSum
    Sigmoid Softmax LogSoftmax Softplus Softsign Relu LeakyRelu Elu Selu PRelu Gelu HardSigmoid
    BatchNormalization LayerNormalization LpNormalization Dropout`),
  'ai.onnx.ml': words(`
    ArrayFeatureExtractor Binarizer CategoryMapper FeatureVectorizer Imputer LabelEncoder LinearClassifier
    LinearRegressor Normalizer OneHotEncoder Scaler SVMClassifier SVMRegressor TreeEnsembleClassifier
    TreeEnsembleRegressor`),
};

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
