"""How long one run of a network takes: as we optimise it, and as TensorFlow does, in TensorFlow, OpenVINO and OpenCV.

usage: python latency.py NETWORK OURS.pb OUT THREADS
NETWORK is a folder of make_applications.py (saved_model/ and io.npz), OURS.pb what `tfreeze freeze saved_model -O` made
of it, OUT a folder for TensorFlow's graphs (made when they are not there), THREADS a number, 0 for each program's own.
The pools of threads of TensorFlow belong to the process: a process a number of threads. Prints one line of JSON:
{nodes: {graph: count}, milliseconds: {program: {graph: median, or why it does not run}}}.

The graphs: `frozen` is convert_variables_to_constants_v2 of the signature; `inference` is optimize_for_inference of that;
`grappler` is that through Grappler with its default configuration. Every graph runs once a round, in an order that
changes, so that whatever else the machine does meets them alike; the figure is the median of the rounds. With one thread
it is the time of the processor, which is that of the clock where nothing else runs, and not lengthened where something
does; with more, that of the clock.

`Grappler off` is what programs in C++, Java or Go choose where start-up counts: disable_meta_optimizer, and no more. The
passes that a session runs besides Grappler (optimizer_options: folding of constants, common subexpressions) stay as they
are by default, which helps TensorFlow's graphs and not ours; XLA (global_jit) is off by default.
"""

import json
import multiprocessing
import os
import sys
import time

os.environ.update(CUDA_VISIBLE_DEVICES='', TF_CPP_MIN_LOG_LEVEL='3')
import numpy as np

SECONDS = 4.0
ROUNDS = 9, 400  # at least, at most


def graph_def(path=None):
    import tensorflow as tf

    graph = tf.compat.v1.GraphDef()
    if path:
        graph.ParseFromString(open(path, 'rb').read())
    return graph


def make(saved_model, out):
    """Writes frozen.pb, inference.pb and grappler.pb, and names.json with the input and output that they share."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
    from tensorflow.python.grappler import tf_optimizer
    from tensorflow.python.tools.optimize_for_inference_lib import optimize_for_inference

    import tensorflow as tf

    loaded = tf.saved_model.load(saved_model)
    function = convert_variables_to_constants_v2(loaded.signatures['serving_default'])
    x, y = next(t for t in function.inputs if t.dtype != tf.resource), function.outputs[0]
    frozen = function.graph.as_graph_def()
    inference = optimize_for_inference(graph_def_copy(frozen), [x.op.name], [y.op.name], x.dtype.as_datatype_enum)
    meta = tf.compat.v1.MetaGraphDef(graph_def=inference)
    meta.collection_def['train_op'].node_list.value.append(y.name)
    grappler = tf_optimizer.OptimizeGraph(tf.compat.v1.ConfigProto(), meta)
    os.makedirs(out, exist_ok=True)
    for name, graph in dict(frozen=frozen, inference=inference, grappler=grappler).items():
        with open(os.path.join(out, name + '.pb'), 'wb') as f:
            f.write(graph.SerializeToString())
    with open(os.path.join(out, 'names.json'), 'w') as f:
        json.dump([x.name, y.name], f)


def graph_def_copy(graph):
    copy = graph_def()
    copy.CopyFrom(graph)
    return copy


def in_tensorflow(path, names, x, threads, grappler):
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def(path), name='')
    config = v1.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads)
    config.graph_options.rewrite_options.disable_meta_optimizer = not grappler
    session = v1.Session(graph=graph, config=config)
    step = session.make_callable(names[1], [names[0]])
    return lambda: step(x)


def in_openvino(path, names, x, threads):
    import openvino as ov

    core = ov.Core()
    model = core.read_model(path)
    model.reshape(list(x.shape))
    options = {'INFERENCE_PRECISION_HINT': 'f32', 'PERFORMANCE_HINT': 'LATENCY'}
    if threads:
        options['INFERENCE_NUM_THREADS'] = threads
    request = core.compile_model(model, 'CPU', options).create_infer_request()
    return lambda: next(iter(request.infer([x]).values()))


def in_opencv(path, names, x, threads):
    # It ends with the process on some graphs that it cannot read: a trial goes first, in a process of its own.
    trial = multiprocessing.get_context('spawn').Process(target=opencv_step, args=(path, x, threads, True))
    trial.start()
    trial.join()
    if trial.exitcode < 0:
        raise ValueError(f'ends with signal {-trial.exitcode}')
    return opencv_step(path, x, threads)


def opencv_step(path, x, threads, run=False):
    import cv2

    if threads:
        cv2.setNumThreads(threads)
    net = cv2.dnn.readNetFromTensorflow(path)
    image = np.ascontiguousarray(x.transpose(0, 3, 1, 2))

    def step():
        net.setInput(image)
        return net.forward()

    if run:
        step()
    return step


def started(load, y):
    """The graph loaded and warm, or why it does not run: what it computes must be y."""
    try:
        step = load()
        found = np.asarray(step())
    except Exception as e:
        return str(e).strip().splitlines()[0][:120]
    error = float(np.abs(found.reshape(y.shape) - y).max()) / float(np.abs(y).max())
    if not error < 1e-3:
        return f'differs by {error:.1e}'
    for _ in range(2):
        step()
    return step


def medians(contestants, clock):
    """Milliseconds by name, of contestants that take turns; of one that does not run, why."""
    running = {name: step for name, step in contestants.items() if callable(step)}
    took = {name: [] for name in running}
    order, rng, start = list(running), np.random.default_rng(0), time.perf_counter()
    for i in range(ROUNDS[1]):
        if not order or (i >= ROUNDS[0] and time.perf_counter() - start > SECONDS):
            break
        rng.shuffle(order)
        for name in order:
            before = clock()
            running[name]()
            took[name].append(clock() - before)
    return {name: 1000 * float(np.median(took[name])) if name in took else why for name, why in contestants.items()}


def main():
    result = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)  # OpenCV logs to standard output: that goes where TensorFlow's log goes
    network, ours, out, threads = sys.argv[1:5]
    threads = int(threads)
    io = np.load(os.path.join(network, 'io.npz'))
    x, y = io['x'], io['y']
    if not os.path.exists(os.path.join(out, 'names.json')):
        make(os.path.join(network, 'saved_model'), out)
    theirs = json.load(open(os.path.join(out, 'names.json')))

    def port(kind):
        return json.load(open(ours + '.json'))[kind][0]['tensor']

    graphs = {'ours': (ours, [port('inputs'), port('outputs')])}
    graphs |= {name: (os.path.join(out, name + '.pb'), theirs) for name in ('frozen', 'inference', 'grappler')}
    clock = time.process_time if threads == 1 else time.perf_counter
    programs = {
        'TensorFlow': lambda *graph: in_tensorflow(*graph, x, threads, grappler=True),
        'TensorFlow, Grappler off': lambda *graph: in_tensorflow(*graph, x, threads, grappler=False),
        'OpenVINO': lambda *graph: in_openvino(*graph, x, threads),
        'OpenCV': lambda *graph: in_opencv(*graph, x, threads),
    }
    measured = {
        program: medians({name: started(lambda: load(*graph), y) for name, graph in graphs.items()}, clock)
        for program, load in programs.items()
    }
    nodes = {name: len(graph_def(path).node) for name, (path, _) in graphs.items()}
    print(json.dumps({'nodes': nodes, 'milliseconds': measured}), file=result, flush=True)


if __name__ == '__main__':
    main()
