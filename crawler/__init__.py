"""Keep an offline, browsable, archived copy of web sites."""

__version__ = "0.1.0"
