/**
 * The role of an op, where it does more than compute: whether it calls a function, branches, holds a variable,
 * fills a table, draws random numbers. One row a family of ops; the rooms above ask here and never look at an op's
 * name for it. What an op computes is said elsewhere, by tables keyed by op: shape functions in `facts/`, kernels in
 * `evaluate/`, rules in `passes/`.
 *
 * An op without a row is a function of its inputs and attributes (`MatMul`), or a custom op. Every op that
 * TensorFlow's registry calls stateful has a row; a test sees to it.
 */
import { opTable, plainNames } from './op-table.ts'
import { opDef } from './ops.ts'

/** Runs one function whatever its inputs are; the inputs are its arguments, except `extra` ones at the end. */
export interface CallRole {
  readonly kind: 'call'
  readonly body: 'f'
  readonly extra: number
}
/** Runs one of its functions. Input 0 chooses; the others are the arguments of each. */
export interface BranchRole {
  readonly kind: 'branch'
  readonly bodies: readonly string[]
}
/** Repeats its functions. The inputs are the arguments of each, and the outputs what the last turn returned. */
export interface LoopRole {
  readonly kind: 'loop'
  readonly bodies: readonly ['cond', 'body']
}
/** Holds a variable. */
export interface VariableRole {
  readonly kind: 'variable'
  /** The output is a reference (TensorFlow 1), not a handle. */
  readonly isReference: boolean
}
/** Holds a lookup table. */
export interface TableRole {
  readonly kind: 'table'
  /** Filled once, and not changed after. */
  readonly isStatic: boolean
  /** Keys lie in an array with two keys reserved, for empty and for deleted places: its inputs. */
  readonly isDense: boolean
}
/** Fills a table, whose handle is input 0. */
export interface FillsRole {
  readonly kind: 'fills'
  /** Where the contents come from: inputs 1 and 2, the file that input 1 names, or a dataset. */
  readonly from: 'pairs' | 'file' | 'dataset'
  /** Entries that are in the table stay: it may be called many times, while the model runs. */
  readonly adds: boolean
}
/** Reads a variable, whose handle is input 0: its value, some rows of it, or something about it. */
export interface ReadsRole {
  readonly kind: 'reads'
  readonly how: 'value' | 'rows' | 'about'
}
/** Looks something up in a table, whose handle is input 0. */
export interface LookupRole {
  readonly kind: 'looksUp'
  readonly how: 'find' | 'size' | 'export'
}
/** Changes a variable or table, whose handle is input 0. */
export interface WritesRole {
  readonly kind: 'writes'
  /** `assign` gives it a value outright: input 1. */
  readonly how: 'assign' | 'update' | 'train' | 'destroy'
  /** The predicate of a sentence about it. */
  readonly does: string
  /** Input 1 is added to it (1) or subtracted from it (−1). */
  readonly sign?: 1 | -1
}
/** Normalises by the statistics of the batch (when training) or by given ones. */
export interface NormalisesRole {
  readonly kind: 'normalises'
  /** The inputs that are the moving statistics. */
  readonly statistics: readonly number[]
  /** The outputs that are their next values. */
  readonly moving: readonly number[]
}
/** Draws random numbers. */
export interface RandomRole {
  readonly kind: 'random'
  /** The seed is an input: the same numbers each time. */
  readonly isSeeded: boolean
  /** The numbers are even over [0, 1). */
  readonly isUnit: boolean
}
/** Hands its inputs on unchanged. */
export interface ForwardsRole {
  readonly kind: 'forwards'
  /** Output i is input i; otherwise there is one of each. */
  readonly isMany: boolean
}
/** Dataflow control of TensorFlow 1: hands input 0 to the output that input 1 chooses, by a bool or by an index. */
export interface SwitchRole {
  readonly kind: 'switch'
  readonly by: 'bool' | 'index'
}
/** A placeholder; with a default, that is input 0. */
export interface PlaceholderRole {
  readonly kind: 'placeholder'
  readonly hasDefault: boolean
}
/** Checks or prints values while the graph runs. */
export interface DebugRole {
  readonly kind: 'debug'
  readonly how: 'checks' | 'prints'
  /** The output is input 0. */
  readonly forwards: boolean
}
/** Saves variables or restores them. `restores`: the inputs that hold the key and the slice. */
export interface CheckpointRole {
  readonly kind: 'checkpoint'
  readonly restores?: { readonly key: number; readonly slice?: number }
}

/** A role of which nothing but its name is to be known. */
export interface PlainRole {
  readonly kind:
    | 'constant'
    /** Stands for what a caller gives or takes: an argument or result of a function. */
    | 'formal'
    /** Computes nothing; others wait for it. */
    | 'join'
    /** The same, and runs after what is dead, too. */
    | 'trigger'
    | 'merge'
    | 'enter'
    | 'exit'
    | 'nextIteration'
    | 'loopCond'
    /** Draws random numbers from a generator whose state is a variable: input 0. */
    | 'generator'
    /** Makes or uses a TensorArray, which lives for one run. */
    | 'tensorArray'
    /** Makes or uses a stack, which lives for one run; control edges say in which order. */
    | 'stack'
    /** Makes a variable that lives for one run. */
    | 'scratch'
    | 'python'
    | 'dataset'
    | 'queue'
    | 'summary'
    /** Reads a file. */
    | 'file'
    /** Writes a file. */
    | 'fileWrite'
    | 'tpu'
    /** Exchanges tensors with other devices or machines, or takes a gradient: nothing that inference does. */
    | 'remote'
    /** Made by a compiler while a graph is run: not in files. */
    | 'compiler'
    /** Keeps something between runs, in a resource of another kind. */
    | 'state'
    /** Stateful to TensorFlow, which is not to fold or merge it; a function of its inputs otherwise, or nearly. */
    | 'harmless'
}

/** The role of an op. */
export type Role =
  | CallRole
  | BranchRole
  | LoopRole
  | VariableRole
  | TableRole
  | FillsRole
  | ReadsRole
  | LookupRole
  | WritesRole
  | RandomRole
  | ForwardsRole
  | SwitchRole
  | PlaceholderRole
  | DebugRole
  | CheckpointRole
  | NormalisesRole
  | PlainRole

const plain = (kind: PlainRole['kind']): Role => ({ kind })
const call = (extra = 0): Role => ({ kind: 'call', body: 'f', extra })
const branch = (...bodies: string[]): Role => ({ kind: 'branch', bodies })
const tableRole = (facts: { isStatic?: true; isDense?: true } = {}): Role => ({
  kind: 'table',
  isStatic: facts.isStatic ?? false,
  isDense: facts.isDense ?? false,
})
const fills = (from: FillsRole['from'], adds = false): Role => ({ kind: 'fills', from, adds })
const reads = (how: ReadsRole['how']): Role => ({ kind: 'reads', how })
const looksUp = (how: LookupRole['how']): Role => ({ kind: 'looksUp', how })
const writes = (how: WritesRole['how'], does: string, sign?: WritesRole['sign']): Role => ({
  kind: 'writes',
  how,
  does,
  ...(sign && { sign }),
})
const random = (facts: { isSeeded?: true; isUnit?: true } = {}): Role => ({
  kind: 'random',
  isSeeded: facts.isSeeded ?? false,
  isUnit: facts.isUnit ?? false,
})
const debug = (how: DebugRole['how'], forwards: boolean): Role => ({ kind: 'debug', how, forwards })

/** Names first, families by wildcard after: the first wildcard that fits wins. */
export const ROLES: readonly (readonly [ops: string, role: Role])[] = [
  ['Const', plain('constant')],
  ['_Arg _DeviceArg _Retval _DeviceRetval FakeParam', plain('formal')],
  ['FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3', { kind: 'normalises', statistics: [3, 4], moving: [1, 2] }],
  ['Placeholder PlaceholderV2', { kind: 'placeholder', hasDefault: false }],
  ['PlaceholderWithDefault', { kind: 'placeholder', hasDefault: true }],

  // Functions, and control flow with functions for its bodies. A legacy call, whose op is the function's name, is a
  // call too (graph/calls.ts).
  ['PartitionedCall StatefulPartitionedCall BatchFunction', call()],
  ['TPUPartitionedCall', call(1)], // the last input is the device
  ['If StatelessIf', branch('then_branch', 'else_branch')],
  ['Case StatelessCase', branch('branches')],
  ['While StatelessWhile', { kind: 'loop', bodies: ['cond', 'body'] }],

  // Control flow as dataflow. `_SwitchN` is what TensorFlow lowers a Case to.
  ['Switch RefSwitch', { kind: 'switch', by: 'bool' }],
  ['_SwitchN', { kind: 'switch', by: 'index' }],
  ['Merge RefMerge', plain('merge')],
  ['Enter RefEnter', plain('enter')],
  ['Exit RefExit', plain('exit')],
  ['NextIteration RefNextIteration', plain('nextIteration')],
  ['LoopCond', plain('loopCond')],
  ['NoOp', plain('join')],
  ['ControlTrigger', plain('trigger')],

  // StopGradient and PreventGradient differ in training only, Snapshot and GuaranteeConst in what may be optimised.
  ['Identity RefIdentity StopGradient PreventGradient Snapshot GuaranteeConst', { kind: 'forwards', isMany: false }],
  ['IdentityN', { kind: 'forwards', isMany: true }],

  ['VarHandleOp', { kind: 'variable', isReference: false }],
  ['Variable VariableV2', { kind: 'variable', isReference: true }],
  ['TemporaryVariable _VarHandlesOp', plain('scratch')],
  ['ReadVariableOp', reads('value')],
  ['ResourceGather ResourceGatherNd', reads('rows')],
  ['VariableShape VarIsInitializedOp IsVariableInitialized DisableCopyOnRead', reads('about')],
  ['_ReadVariablesOp ReadVariableXlaSplitND', reads('value')],
  ['Assign AssignVariableOp', writes('assign', 'assigns')],
  ['AssignAdd AssignAddVariableOp', writes('update', 'adds to', 1)],
  ['AssignSub AssignSubVariableOp', writes('update', 'subtracts from', -1)],
  ['CountUpTo ResourceCountUpTo', writes('update', 'counts up')],
  ['AssignVariableXlaConcatND StridedSliceAssign ResourceStridedSliceAssign', writes('update', 'changes')],
  // ScatterNd and ScatterNdNonAliasingAdd make a tensor of their own.
  [
    `ScatterAdd ScatterDiv ScatterMax ScatterMin ScatterMul ScatterSub ScatterUpdate
     ScatterNdAdd ScatterNdMax ScatterNdMin ScatterNdSub ScatterNdUpdate ResourceScatter*`,
    writes('update', 'changes'),
  ],
  ['DestroyResourceOp DestroyTemporaryVariable', writes('destroy', 'destroys')],
  ['ResourceApply* ResourceSparseApply* Apply* SparseApply*', writes('train', 'trains')],

  ['HashTable HashTableV2 AnonymousHashTable', tableRole({ isStatic: true })],
  [
    `MutableHashTable MutableHashTableV2 AnonymousMutableHashTable
     MutableHashTableOfTensors MutableHashTableOfTensorsV2 AnonymousMutableHashTableOfTensors`,
    tableRole(),
  ],
  ['MutableDenseHashTable MutableDenseHashTableV2 AnonymousMutableDenseHashTable', tableRole({ isDense: true })],
  ['InitializeTable InitializeTableV2 LookupTableImport LookupTableImportV2', fills('pairs')],
  ['InitializeTableFromTextFile InitializeTableFromTextFileV2', fills('file')],
  ['InitializeTableFromDataset', fills('dataset')],
  ['LookupTableInsert LookupTableInsertV2', fills('pairs', true)],
  ['LookupTableRemoveV2', writes('update', 'changes')],
  ['LookupTableFind LookupTableFindV2', looksUp('find')],
  ['LookupTableSize LookupTableSizeV2', looksUp('size')],
  ['LookupTableExport LookupTableExportV2', looksUp('export')],

  ['RandomUniform', random({ isUnit: true })],
  ['StatelessRandomUniform StatelessRandomUniformV2', random({ isSeeded: true, isUnit: true })],
  [
    `RandomCrop RandomGamma RandomPoisson RandomPoissonV2 RandomShuffle RandomStandardNormal RandomUniformInt
     RiscRandomUniform TruncatedNormal ParameterizedTruncatedNormal Multinomial NonDeterministicInts
     SampleDistortedBoundingBox SampleDistortedBoundingBoxV2 *CandidateSampler`,
    random(),
  ],
  // Ops that only prepare a key for the others, or take a gradient, draw nothing.
  ['StatelessRandomGetAlg StatelessRandomGetKeyCounterAlg StatelessRandomGetKeyCounter', plain('harmless')],
  ['StatelessMultinomial StatelessTruncatedNormal* StatelessParameterizedTruncatedNormal', random({ isSeeded: true })],
  ['StatelessSampleDistortedBoundingBox StatelessRandom*', random({ isSeeded: true })],
  [
    `StatefulUniform StatefulUniformFullInt StatefulUniformInt StatefulStandardNormal StatefulStandardNormalV2
     StatefulTruncatedNormal StatefulRandomBinomial RngSkip RngReadAndSkip`,
    plain('generator'),
  ],

  ['Assert', debug('checks', false)],
  ['CheckNumerics CheckNumericsV2', debug('checks', true)],
  ['Print', debug('prints', true)],
  ['PrintV2', debug('prints', false)],

  ['TensorArray*', plain('tensorArray')],
  ['Stack StackV2 StackPush StackPushV2 StackPop StackPopV2 StackClose StackCloseV2', plain('stack')],

  ['RestoreV2', { kind: 'checkpoint', restores: { key: 1, slice: 2 } }],
  ['RestoreSlice', { kind: 'checkpoint', restores: { key: 1, slice: 2 } }],
  ['Restore', { kind: 'checkpoint', restores: { key: 1 } }],
  [
    `Save SaveV2 SaveSlices MergeV2Checkpoints ShardedFilename ShardedFilespec
     DTensorRestoreV2 DistributedSave LoadAndRemapMatrix`,
    { kind: 'checkpoint' },
  ],
  ['ReadFile MatchingFiles ImmutableConst', plain('file')],
  ['WriteFile DumpTensor', plain('fileWrite')],
  ['PyFunc EagerPyFunc PyFuncStateless', plain('python')],
  ['SymbolicGradient RemoteCall Send Recv _Send _Recv _HostSend _HostRecv Collective* Nccl* _Nccl*', plain('remote')],
  ['AllToAll CrossReplicaSum DTensorAll* DTensorReduceScatter', plain('remote')],

  // Families, the more particular ones first.
  ['BoostedTreesMakeStatsSummary', plain('harmless')],
  ['Dummy*', plain('state')],
  ['*Iterator* *Dataset *DatasetV2 *DatasetV3 *DatasetV4 *DatasetToSingleElement *DatasetToTFRecord', plain('dataset')],
  ['*Queue *QueueV2 Queue* Reader* *Reader *ReaderV2 Barrier*', plain('queue')],
  ['*Summary *SummaryV2 *SummaryWriter Create*Summary*Writer', plain('summary')],
  ['*TPU* InfeedDequeue* OutfeedEnqueue*', plain('tpu')],
  ['Infeed* Outfeed* *Dedup* *Minibatch* ConvertToCooTensor GlobalIterId', plain('tpu')],
  // Ops that only place or fuse for XLA compute; a module of XLA is a function of its inputs.
  ['XlaCallModule XlaDequantize', plain('harmless')],
  [
    `_If _While XlaIf XlaWhile RiscWhile XlaHostCompute XlaLaunch XlaRecv* XlaSend* XlaSparseCore* _Xla*
     _ParallelConcatStart _ScopedAllocator*`,
    plain('compiler'),
  ],
  [
    `BoostedTrees* IsBoostedTrees* *Accumulator* *MemoryCache *SeedGenerator *Mutex* ConsumeMutexLock
     MapClear MapIncompleteSize MapPeek MapSize MapStage MapUnstage* OrderedMap* Stage* Unstage RecordInput
     GetSessionHandle* *SessionTensor Rpc* DeleteRpcFutureResource *ResourceHandle* Resource*Op
     ThreadPoolHandle *ThreadPoolHandle *StatsAggregator* *SparseToTensorsMap TakeManySparseFromTensorsMap
     FileSystemSetConfiguration CalibrationStatisticsSaver ImportEvent NegTrain WorkerHeartbeat`,
    plain('state'),
  ],
  // Stateful because of their generator, their placement or the time that they are run at; or for TensorFlow's tests.
  [
    `CudnnRNN* Empty DeepCopy DebugIdentityV2 DebugIdentityV3 DeviceIndex DevicePlacementOp DtypeWithDefaultOp
     GraphDefVersion RequiresOlderGraphVersion IsTensorFloat32Enabled Skipgram SleepOp SleepIdentityOp SyncDevice
     TestAttr Timestamp UpdateTaskIdAndGlobalCoreArray`,
    plain('harmless'),
  ],
]

const table = opTable(ROLES)

/**
 * The role of an op; undefined for a function of inputs and attributes, and for what TensorFlow does not have: a
 * custom op, or a legacy call, whose op is the function's name, may be called `MyDataset`.
 */
export const roleOf = (op: string): Role | undefined => (opDef(op) ? table(op) : undefined)

/** The kinds of control flow as dataflow, as TensorFlow 1 wrote it. */
export const DATAFLOW_CONTROL = ['switch', 'merge', 'enter', 'exit', 'nextIteration', 'loopCond'] as const

/** The ops whose role passes a test, of those that rows write out. */
export const opsOfRole = (test: (role: Role) => boolean): readonly string[] =>
  ROLES.flatMap(([ops, role]) => (test(role) ? plainNames(ops) : []))

/** The op that does with a tensor what this one does with a reference: `RefSwitch` → `Switch`. */
export const withoutReference = (op: string): string => op.replace(/^Ref(?=[A-Z])/, '')
