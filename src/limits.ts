/**
 * Every cap on what a file may ask for, checked before allocating. Each is about
 * ten times the largest real value that is known, so that a sane model never
 * meets one and a hostile count never allocates.
 */

/** Bytes of a graph without its large tensors, held in memory. Largest seen: 36 MB (50,000 nodes as text). */
export const MAX_GRAPH_BYTES = 512 * 1024 * 1024

/** A `bytes` field longer than this stays in the file and is read only when written. */
export const LARGE_BYTES = 1024

/** Bytes of one SSTable block, packed or not. TensorFlow writes blocks of 256 KiB; one entry may be larger. */
export const MAX_BLOCK_BYTES = 256 * 1024 * 1024

/** Bytes of one string tensor, read whole. Largest seen: a vocabulary of 60 MB. */
export const MAX_STRING_TENSOR_BYTES = 1024 * 1024 * 1024

/** Bytes of one vocabulary asset, read whole. */
export const MAX_ASSET_BYTES = 1024 * 1024 * 1024

/** Elements of a tensor held in memory because its values are looked at (axes, shapes, table keys). */
export const MAX_MEMORY_ELEMENTS = 64 * 1024 * 1024

/** Bytes of a constant that is one value repeated, or larger than what it is computed from: some formats write it out. */
export const MAX_REPEATED_BYTES = 16 * 1024 * 1024 * 1024

/** Dimensions of a tensor. TensorFlow's own limit is 254. */
export const MAX_RANK = 254

/** Parts of one partitioned tensor in a checkpoint. Largest seen: 200. */
export const MAX_SLICES = 4096

/** Depth of function calls, nested control flow, nested messages or nested configurations. Largest seen: 12. */
export const MAX_DEPTH = 100

/** Nodes of one graph after inlining. Largest seen: 200,000. */
export const MAX_NODES = 5_000_000

/** Nodes that inlining one function may make, counted before any is made. Largest seen: 200,000. */
export const MAX_INLINED_NODES = 1_000_000

/** Tensors of one argument or result that is a list. Largest seen: 9,000 (a checkpoint written by one node). */
export const MAX_LIST_TENSORS = 100_000

/** Protobuf's own limit on a message: TensorFlow cannot load a larger GraphDef. */
export const MAX_MESSAGE_BYTES = 2 ** 31 - 1

/** Bytes of one HDF5 dataset. Largest seen: an embedding of 1.2 GB. */
export const MAX_DATASET_BYTES = 16 * 1024 * 1024 * 1024

/** How many times an HDF5 dataset or zip entry may be larger than the bytes that hold it. Weights compress to a third. */
export const MAX_EXPANSION = 1000

/** Datasets and zip entries under this many bytes may be compressed to any degree: zeros, vocabularies, configurations. */
export const FREE_EXPANSION_BYTES = 16 * 1024 * 1024

/** Bytes of one file inside an archive that has to be decompressed into memory. Largest seen: weights of 170 MB, re-zipped. */
export const MAX_INFLATED_BYTES = 2 * 1024 * 1024 * 1024

/** Files of one folder, its subfolders included. Largest seen: a SavedModel with 1,000 assets. */
export const MAX_FILES = 100_000

/** Entries of an archive. Largest seen: 4,000 shards and assets. */
export const MAX_ARCHIVE_ENTRIES = 100_000

/** Bytes of a model's configuration in JSON. Largest seen: 9 MB. */
export const MAX_CONFIG_BYTES = 256 * 1024 * 1024

/** Bytes of a file that is read whole because its source cannot be read at once (HDF5 in chunks, outside of a worker). */
export const MAX_WHOLE_FILE_BYTES = 64 * 1024 * 1024

/** Bytes of one array of a `.npy` file, or of a file of data in JSON. */
export const MAX_DATA_BYTES = 2 * 1024 * 1024 * 1024

/** Pixels of an image that is given as data. A camera's have up to 100 million. */
export const MAX_IMAGE_PIXELS = 200_000_000
