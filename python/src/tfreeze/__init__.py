"""Freezes TensorFlow SavedModels and Keras files into one self-contained graph, without TensorFlow."""

from ._errors import FreezeError
from ._functions import freeze, inspect, optimize
from ._results import Result, Tensor
from ._view import View, view

__all__ = ['FreezeError', 'Result', 'Tensor', 'View', 'freeze', 'inspect', 'optimize', 'view']
